import { setImmediate } from 'node:timers/promises'

import type { Clock } from '@scopes/core'

/** A clock that stands still until it is advanced. */
export interface ManualClock extends Clock {
  /** How many are asleep. */
  readonly sleepers: number

  /**
   * Afterwards it is `ms` later. Whoever is due meanwhile wakes at its own time, in order of time and then of falling
   * asleep, and runs as far as it can before the next one wakes: it may sleep again and wake again in the same call.
   */
  advance(ms: number): Promise<void>

  /**
   * Afterwards it is `ms` later, as after a machine's sleep: whoever was due meanwhile has woken once, all at the new
   * time. Use it for days, when something polls by the second.
   */
  jump(ms: number): Promise<void>

  /** Advances from one sleeper to the next until nobody is asleep; rejects when that takes more than `limitMs`. */
  advanceUntilIdle(limitMs?: number): Promise<void>
}

interface Sleeper {
  readonly wakesAt: number
  readonly wake: () => void
}

/** A clock whose wall time is `start` (milliseconds since 1970) and whose monotonic time is 0. */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  /** Milliseconds since the clock was made. */
  let elapsed = 0
  /** By time of waking; who falls asleep later stands behind others of the same time. */
  let asleep: readonly Sleeper[] = []

  const fallAsleep = (sleeper: Sleeper): void => {
    const position = asleep.findIndex(other => other.wakesAt > sleeper.wakesAt)
    asleep = position < 0 ? [...asleep, sleeper] : asleep.toSpliced(position, 0, sleeper)
  }

  const rouse = async (sleeper: Sleeper): Promise<void> => {
    elapsed = Math.max(elapsed, sleeper.wakesAt)
    asleep = asleep.filter(other => other !== sleeper)
    sleeper.wake()
    await settled()
  }

  const advance = async (ms: number): Promise<void> => {
    const end = elapsed + ms
    // Whoever was started just before must be given the chance to fall asleep.
    await settled()
    for (let first = asleep[0]; first && first.wakesAt <= end; first = asleep[0]) await rouse(first)
    elapsed = Math.max(elapsed, end)
  }

  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve()
        const sleeper: Sleeper = {
          wakesAt: elapsed + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener('abort', interrupt)
            resolve()
          },
        }
        const interrupt = (): void => {
          asleep = asleep.filter(other => other !== sleeper)
          resolve()
        }
        signal?.addEventListener('abort', interrupt, { once: true })
        fallAsleep(sleeper)
      }),
    get sleepers() {
      return asleep.length
    },
    advance,
    jump: async ms => {
      await settled()
      elapsed += ms
      const due = asleep.filter(sleeper => sleeper.wakesAt <= elapsed)
      for (const sleeper of due) await rouse(sleeper)
    },
    advanceUntilIdle: async (limitMs = 86_400_000) => {
      const end = elapsed + limitMs
      await settled()
      for (let first = asleep[0]; first; first = asleep[0]) {
        if (first.wakesAt > end) throw new RangeError(`after ${limitMs} ms ${asleep.length} are still asleep`)
        await rouse(first)
      }
    },
  }
}

/** Resolves when everything that could run without the clock or the outer world has run. */
async function settled(): Promise<void> {
  await setImmediate()
}
