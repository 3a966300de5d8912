import type { Clock } from '@scopes/core'

/** What is watched. */
export interface IdleWatchParts {
  readonly clock: Clock
  /** Aborts when nothing is to be watched any more. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970; undefined: there is nothing whose deadline could pass. */
  readonly deadlineOf: () => Promise<number | undefined>
  /** Ends it if it is over and nobody uses it. */
  readonly end: () => Promise<void>
  /** Told of what has failed; it is tried again. */
  readonly failed: (error: unknown) => void
}

/** After so many milliseconds it is looked again at what is over and still used, or where the store has failed. */
const againMs = 15_000
/** Over for everybody: clocks may be apart by a second. */
const marginMs = 1001

/** Wakes at the deadline of something that others may use and renew meanwhile. */
export class IdleWatch {
  readonly #parts: IdleWatchParts
  #isWatching = false

  constructor(parts: IdleWatchParts) {
    this.#parts = parts
  }

  /** From now on it is watched, until it has ended. */
  start(): void {
    if (this.#isWatching || this.#parts.signal.aborted) return
    this.#isWatching = true
    void this.#watch().finally(() => (this.#isWatching = false))
  }

  async #watch(): Promise<void> {
    const { clock, signal } = this.#parts
    // Each turn waits for a deadline; it ends with what it watches.
    while (!signal.aborted) {
      const waitMs = await this.#look()
      if (waitMs === undefined) return
      await clock.sleep(Math.min(waitMs, 2 ** 30), signal, { isBackground: true })
    }
  }

  /** @returns how long to wait; undefined when it has ended */
  async #look(): Promise<number | undefined> {
    const { clock, deadlineOf, end, failed, signal } = this.#parts
    try {
      const deadline = await deadlineOf()
      if (deadline === undefined) return undefined
      const leftMs = deadline + marginMs - clock.now()
      if (leftMs > 0) return leftMs
      await end()
      return (await deadlineOf()) === undefined ? undefined : againMs
    } catch (error) {
      if (!signal.aborted) failed(error)
      return againMs
    }
  }
}
