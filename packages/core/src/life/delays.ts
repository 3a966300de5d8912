import type { Clock } from '../clock.ts'

/** Somebody who waits. */
interface Waiting {
  /** Monotonic milliseconds. */
  readonly at: number
  readonly call: () => void
}

/**
 * Calls back after a time that is the same for all, by one timer for all who wait: where most are done before, a timer of its
 * own would cost each of them more than what it does. No process stays alive for it.
 */
export class Delays {
  readonly #clock: Clock
  readonly #ms: number
  /** In the order of their times. */
  readonly #waiting = new Set<Waiting>()
  readonly #closing = new AbortController()
  #isWatching = false

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** Calls back once, unless the returned function was called before. */
  after(call: () => void): () => void {
    const waiting: Waiting = { at: this.#clock.monotonic() + this.#ms, call }
    this.#waiting.add(waiting)
    if (!this.#isWatching) void this.#watch()
    return () => void this.#waiting.delete(waiting)
  }

  /** Afterwards nobody is called. */
  close(): void {
    this.#waiting.clear()
    this.#closing.abort()
  }

  async #watch(): Promise<void> {
    this.#isWatching = true
    for (;;) {
      const [first] = this.#waiting
      if (first === undefined || this.#closing.signal.aborted) break
      const left = first.at - this.#clock.monotonic()
      if (left <= 0) {
        this.#waiting.delete(first)
        first.call()
      } else await this.#clock.sleep(left, this.#closing.signal, { isBackground: true })
    }
    this.#isWatching = false
  }
}
