import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that stands still until it is advanced; whoever sleeps wakes in order. */
export class SteppingClock implements Clock {
  #elapsed = 0
  #sleepers: readonly Sleeper[] = []

  now(): number {
    return 1_800_000_000_000 + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const wake = (): void => {
        this.#sleepers = this.#sleepers.filter(other => other !== sleeper)
        resolve()
      }
      const sleeper: Sleeper = { at: this.#elapsed + Math.max(0, ms), wake }
      signal?.addEventListener('abort', wake, { once: true })
      this.#sleepers = [...this.#sleepers, sleeper].toSorted((one, other) => one.at - other.at)
    })
  }

  /** Afterwards it is `ms` later, and everybody who was due has run as far as he could. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await settled()
    for (let first = this.#sleepers[0]; first && first.at <= end; first = this.#sleepers[0]) {
      this.#elapsed = Math.max(this.#elapsed, first.at)
      first.wake()
      await settled()
    }
    this.#elapsed = end
  }
}

/** Everything that can run without time has run. */
export async function settled(): Promise<void> {
  await setImmediate()
  await setImmediate()
}
