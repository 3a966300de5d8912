import { type Clock, systemClock } from '../../src/index.ts'

/** A wall clock that stands still until it is set forward; waiting takes the time that it takes. */
export class SteppedClock implements Clock {
  #now = 1_800_000_000_000

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return systemClock.monotonic()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  /** Afterwards it is `ms` later. */
  forward(ms: number): void {
    this.#now += ms
  }
}
