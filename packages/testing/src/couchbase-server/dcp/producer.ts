import type { Bucket } from '../bucket/bucket.ts'
import type { ServerClock } from '../server-clock.ts'
import type { ChangeStream } from './change-stream.ts'
import { defaultControls, type Controls } from './controls.ts'
import { FlowWindow } from './flow-window.ts'
import { noop } from './message/noop.ts'
import { END_REASON } from './message/stream-end.ts'
import type { Outlet } from './outlet.ts'

export interface ProducerOptions {
  readonly name: string
  /** Of OPEN. */
  readonly flags: number
  readonly bucket: Bucket
  readonly clock: ServerClock
  readonly outlet: Outlet
}

/** The producing side of a connection: its streams take turns to send what the window of flow control lets through. */
export class Producer {
  readonly name: string
  readonly flags: number
  readonly bucket: Bucket
  readonly controls: Controls = defaultControls()
  readonly window: FlowWindow = new FlowWindow()
  readonly #clock: ServerClock
  readonly #outlet: Outlet
  readonly #ticking: { stop(): void }
  /** Those that have not ended, by vbucket. */
  readonly #streams = new Map<number, ChangeStream>()
  /** Streams that may have something to send, the next first. */
  readonly #ready = new Set<ChangeStream>()
  #isScheduled = false
  #isClosed = false
  /** When the client last sent a message of this protocol, and when a NOOP was last sent; milliseconds since 1970. */
  #heardAt: number
  #noopAt: number
  #noops = 0
  #awaitsNoop = false

  constructor({ name, flags, bucket, clock, outlet }: ProducerOptions) {
    this.name = name
    this.flags = flags
    this.bucket = bucket
    this.#clock = clock
    this.#outlet = outlet
    this.#heardAt = clock.nowMs()
    this.#noopAt = this.#heardAt
    this.#ticking = clock.every(TICK_MS, () => this.#tick())
  }

  /** How many streams are open. */
  get streams(): number {
    return [...this.#streams.values()].filter(({ isEnded }) => !isEnded).length
  }

  hasStream(vbucket: number): boolean {
    const stream = this.#streams.get(vbucket)
    return stream !== undefined && !stream.isEnded
  }

  addStream(vbucket: number, stream: ChangeStream): void {
    this.#streams.set(vbucket, stream)
  }

  /** The stream has something to send: it is sent when all that happens now has happened. */
  ready(stream: ChangeStream): void {
    this.#ready.add(stream)
    this.#schedule()
  }

  /** Ends the stream of that vbucket, as the client asks for it; false: there is none. */
  closeStream(vbucket: number): boolean {
    const stream = this.#streams.get(vbucket)
    if (!stream || stream.isEnded) return false
    this.#streams.delete(vbucket)
    if (this.controls.endsClosedStreams) stream.end(END_REASON.closed)
    else stream.drop()
    return true
  }

  acknowledged(bytes: number): void {
    this.window.acknowledged(bytes)
    this.#schedule()
  }

  /** The client has answered a NOOP. */
  noopAnswered(): void {
    this.#awaitsNoop = false
    this.heard()
  }

  /** The client has sent a message of this protocol. */
  heard(): void {
    this.#heardAt = this.#clock.nowMs()
  }

  /** There is room again where messages leave. */
  roomier(): void {
    this.#schedule()
  }

  /** The connection is gone, or has to go. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#ticking.stop()
    for (const stream of this.#streams.values()) stream.drop()
    this.#streams.clear()
    this.#ready.clear()
    this.#outlet.close()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed || this.#ready.size === 0) return
    this.#isScheduled = true
    queueMicrotask(() => this.#send())
  }

  #send(): void {
    this.#isScheduled = false
    const messages: Buffer[] = []
    let room = this.#outlet.roomBytes
    while (room > 0 && this.window.isOpen(this.controls.bufferBytes)) {
      const message = this.#next()
      if (!message) break
      messages.push(message)
      room -= message.length
      if (this.controls.bufferBytes > 0) this.window.sent(message.length)
    }
    if (messages.length > 0) this.#outlet.push(messages)
  }

  #next(): Buffer | undefined {
    for (const stream of this.#ready) {
      const message = stream.next()
      if (!message || stream.isBetweenSnapshots) {
        this.#ready.delete(stream)
        if (message) this.#ready.add(stream)
      }
      if (message) return message
    }
    return undefined
  }

  #tick(): void {
    if (!this.controls.sendsNoops) return
    const nowMs = this.#clock.nowMs()
    if (nowMs - this.#heardAt > this.bucket.dcpIdleTimeoutSeconds * 1000) return this.close()
    if (this.#awaitsNoop || nowMs - this.#noopAt < this.controls.noopIntervalSeconds * 1000) return
    this.#awaitsNoop = true
    this.#noopAt = nowMs
    this.#noops++
    this.#outlet.push([noop(FIRST_NOOP + this.#noops)])
  }
}

/** How often it is looked whether a NOOP is due: intervals are whole seconds. */
const TICK_MS = 1000

/** Opaques of NOOPs, far from those that clients choose. */
const FIRST_NOOP = 0x1000_0000
