import type { Clock } from '@scopes/core'

/** The clock of one process: that of the run, but it can stand still for a while, as on a machine that sleeps, and its wall clock be wrong. */
export class ProcessClock implements Clock {
  readonly #clock: Clock
  /** For how long it has stood still. */
  #missed = 0
  /** When it began to, by the clock of the run. */
  #stoodAt: number | undefined
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How far its wall clock is ahead, in milliseconds. */
  skewMs = 0

  now(): number {
    return this.#clock.now() + this.skewMs
  }

  monotonic(): number {
    return (this.#stoodAt ?? this.#clock.monotonic()) - this.#missed
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.monotonic() + ms
    do {
      if (this.#stoodAt !== undefined) await this.#going(signal)
      // Whole milliseconds: a sum of fractions may never quite be reached.
      await this.#clock.sleep(Math.max(0, Math.ceil(until - this.monotonic())), signal)
    } while (signal?.aborted !== true && (this.#stoodAt !== undefined || this.monotonic() < until))
  }

  /** Stands still for so long, by the clock of the run. */
  async stand(ms: number): Promise<void> {
    if (this.#stoodAt !== undefined) return
    this.#stoodAt = this.#clock.monotonic()
    await this.#clock.sleep(ms)
    this.#missed += this.#clock.monotonic() - this.#stoodAt
    this.#stoodAt = undefined
    for (const go of this.#waiting) go()
  }

  #going(signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const go = (): void => {
        this.#waiting.delete(go)
        signal?.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.add(go)
      signal?.addEventListener('abort', go)
    })
  }
}
