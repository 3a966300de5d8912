import { StoreUnavailableError } from '@scopes/core'

import { isBusy, mapSqliteError } from './map-sqlite-error.ts'

/** What bounds the wait for a lock. */
export interface RetryOptions {
  readonly path: string
  readonly busyTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * What `work` returns once no other process holds the lock it needs. The wait is the event loop's, not SQLite's busy
 * handler, which blocks the loop and starves (rule 4). Guard: `busyTimeoutMs`, then `StoreUnavailableError`; any other
 * error of `work` is translated and not retried.
 */
export async function retryBusy<T>(work: () => T, { path, busyTimeoutMs, signal }: RetryOptions): Promise<T> {
  const until = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw mapSqliteError(error, path)
    }
    await new Promise(resolve => setTimeout(resolve, busyPauseMs()))
    if (signal?.aborted) throw abortedError(signal)
  }
}

/** 1 to 3 ms: long enough for a commit of the other process, with jitter so that nobody keeps losing. */
export function busyPauseMs(): number {
  return 1 + Math.random() * 2
}

/** The answer to a call whose signal aborted before it was executed. */
export function abortedError(signal: AbortSignal): StoreUnavailableError {
  return new StoreUnavailableError('The call was aborted before it was executed.', {
    cause: signal.reason,
    outcome: 'none',
  })
}
