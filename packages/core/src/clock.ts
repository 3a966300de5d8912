/** How to wait. */
export interface SleepOptions {
  /** The process does not stay alive for it. */
  readonly isBackground?: boolean
}

/** Time as this library sees it; tests pass their own. */
export interface Clock {
  /** Wall clock: milliseconds since 1970. Deadlines only; it decides no order. */
  now(): number
  /** Monotonic milliseconds, for intervals within this process. */
  monotonic(): number
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal, options?: SleepOptions): Promise<void>
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal, { isBackground = false } = {}) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (isBackground) timer.unref()
      signal?.addEventListener('abort', done)
    }),
}
