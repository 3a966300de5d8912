/** Time as the server sees it: that of the machine, moved on by hand, or time that only moves by hand. */
export interface ServerClock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Whole seconds since 1970: what expiries are compared with. */
  nowSeconds(): number
  /** Afterwards it is so much later, and all that was due meanwhile has happened. */
  advance(ms: number): void
  /** Calls back each time that so much time has passed, until it is stopped. */
  every(ms: number, callback: () => void): { stop(): void }
}

/** The clock of a server; `startAt` makes it one that stands still until it is advanced. */
export function serverClock({ startAt }: { readonly startAt?: number } = {}): ServerClock {
  let advancedMs = 0
  const repeating = new Set<Repetition>()
  const nowMs = (): number => (startAt ?? Date.now()) + advancedMs

  const runDue = (): void => {
    for (const repetition of repeating) {
      if (repetition.dueAt > nowMs()) continue
      repetition.dueAt = nowMs() + repetition.everyMs
      repetition.callback()
    }
  }

  return {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    advance: ms => {
      advancedMs += ms
      runDue()
    },
    every: (everyMs, callback) => {
      const repetition = { everyMs, callback, dueAt: nowMs() + everyMs }
      repeating.add(repetition)
      // It must not keep a process alive that has nothing else to do.
      const timer = startAt === undefined ? setInterval(runDue, Math.min(everyMs, LONGEST_TIMER_MS)).unref() : undefined
      return {
        stop: () => {
          clearInterval(timer)
          repeating.delete(repetition)
        },
      }
    },
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

interface Repetition {
  readonly everyMs: number
  readonly callback: () => void
  /** Milliseconds since 1970. */
  dueAt: number
}
