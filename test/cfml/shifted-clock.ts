import { type Clock, systemClock } from '@scopes/core'

/** The clock of this machine, which a test can put on: for what looks at the time, and does not wait for it. */
export interface ShiftedClock extends Clock {
  /** Afterwards it is so much later. Nobody who sleeps wakes for it. */
  advance(milliseconds: number): void
}

export function shiftedClock(): ShiftedClock {
  let offsetMs = 0
  return {
    now: () => systemClock.now() + offsetMs,
    monotonic: () => systemClock.monotonic() + offsetMs,
    sleep: (ms, signal, options) => systemClock.sleep(ms, signal, options),
    advance: milliseconds => void (offsetMs += milliseconds),
  }
}
