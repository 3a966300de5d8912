import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until it is set forward. */
export class SettableClock implements Clock {
  #now = 1_700_000_000_000

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - 1_700_000_000_000
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('Nothing here may sleep.'))
  }

  /** Afterwards it is `ms` later. */
  forward(ms: number): void {
    this.#now += ms
  }

  /** Unix seconds, `seconds` from now. */
  in(seconds: number): number {
    return Math.floor(this.#now / 1000) + seconds
  }
}
