import type { Clock } from '../clock.ts'
import { diagnostics } from '../diagnostics.ts'
import { UnreadableDocumentError } from '../errors.ts'
import { reopenMs } from '../feed/reopen-ms.ts'

/** A scope that can be read from the store. */
interface Readable {
  readonly documentKey: string
  refresh(): Promise<void>
}

/** How many scopes are read at a time. */
const readWidth = 32

/**
 * Reads scopes again that this process holds and does not trust any more: a few at a time, each until an answer has come,
 * however long the store fails. What is asked for while a scope is being read is read once more after it.
 */
export class Rereads {
  readonly #clock: Clock
  /** One for each that pauses: many listeners of one signal look like a leak. */
  readonly #pauses = new Set<AbortController>()
  #isClosed = false
  readonly #waiting = new Set<Readable>()
  readonly #reading = new Set<Readable>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The scope will be read, by a question that is sent after this call. */
  add(scope: Readable): void {
    this.#waiting.add(scope)
    this.#start()
  }

  /** Afterwards nothing more is read. */
  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
    for (const pause of this.#pauses) pause.abort()
  }

  #start(): void {
    if (this.#isClosed) return
    for (const scope of this.#waiting) {
      if (this.#reading.size >= readWidth) return
      if (this.#reading.has(scope)) continue
      this.#waiting.delete(scope)
      this.#reading.add(scope)
      void this.#read(scope)
    }
  }

  async #read(scope: Readable): Promise<void> {
    for (let failures = 0; !this.#isClosed; failures++) {
      try {
        this.#waiting.delete(scope)
        await scope.refresh()
        break
      } catch (error) {
        if (this.#isClosed) break
        diagnostics.backgroundFailed.publish({ documentKey: scope.documentKey, what: 'reading', error })
        if (error instanceof UnreadableDocumentError) break
        await this.#pause(reopenMs(failures, Math.random()))
      }
    }
    this.#reading.delete(scope)
    this.#start()
  }

  async #pause(ms: number): Promise<void> {
    const pause = new AbortController()
    this.#pauses.add(pause)
    await this.#clock.sleep(ms, pause.signal)
    this.#pauses.delete(pause)
  }
}
