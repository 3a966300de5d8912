import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** The sending side of a socket: in order, and if need be byte by byte, or nothing for a while. */
export class Sender {
  readonly #socket: Socket
  readonly #isSplitting: () => boolean
  readonly #roomier: () => void
  /** Bytes that are being written one by one; undefined: none are. */
  #trickle: Promise<void> | undefined
  /** What waits for a thaw; undefined: it is not frozen. */
  #frozen: Buffer[] | undefined
  #isEnded = false

  /** `roomier` is called when there is room again. */
  constructor(socket: Socket, { isSplitting, roomier }: { isSplitting: () => boolean; roomier: () => void }) {
    this.#socket = socket
    this.#isSplitting = isSplitting
    this.#roomier = roomier
  }

  /** Bytes that may be sent before they only pile up. */
  get roomBytes(): number {
    return this.#trickle || this.#frozen ? 0 : ROOM_BYTES - this.#socket.writableLength
  }

  send(bytes: Buffer): void {
    if (this.#isEnded || bytes.length === 0) return
    if (this.#frozen) return void this.#frozen.push(bytes)
    if (!this.#trickle && !this.#isSplitting()) return void this.#socket.write(bytes, this.#roomier)
    const before = this.#trickle ?? Promise.resolve()
    const trickle: Promise<void> = before
      .then(() => this.#writeSingly(bytes))
      .finally(() => {
        if (this.#trickle !== trickle) return
        this.#trickle = undefined
        this.#roomier()
      })
    this.#trickle = trickle
  }

  /** Afterwards nothing leaves until it thaws. */
  freeze(): void {
    this.#frozen ??= []
  }

  /** Afterwards what was to be sent meanwhile leaves. */
  thaw(): void {
    const due = this.#frozen ?? []
    this.#frozen = undefined
    for (const bytes of due) this.send(bytes)
    this.#roomier()
  }

  /** Closes the socket after all that was to be sent; at once when that waits for a thaw. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const trickle = this.#trickle
    if (trickle) void trickle.then(() => this.#socket.destroySoon())
    else this.#socket.destroySoon()
  }

  async #writeSingly(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#socket.destroyed; at++) {
      this.#socket.write(bytes.subarray(at, at + 1))
      await setImmediate()
    }
  }
}

/** Enough to keep a socket busy, and little enough to bound what waits for a client that reads slowly. */
const ROOM_BYTES = 256 * 1024
