import {
  InvalidArgumentError,
  type Lock,
  LockTimeoutError,
  type ScopeKey,
  type Scopes,
  ScopesError,
} from '@scopes/core'
import { type LockOptions, type LockedScope, lockRequest, longestMs } from './lock-options.ts'

/** What became of a lock: of what the body has returned, or why it did not run. */
export type LockResult<T> =
  | {
      /** The body has run. */
      readonly succeeded: true
      readonly value: T
      readonly errortext: ''
    }
  | {
      /** The body was left out. */
      readonly succeeded: false
      /** Why: kind and name of the lock, how long it was waited for, and who held it. */
      readonly errortext: string
    }

/** As long as Node gives a request by default. */
const defaultWaitMs = 300_000

/** Where a lock is taken: what a request knows. */
export interface LockPlace {
  /** Where named locks are. */
  readonly scopes: Pick<Scopes, 'lock'>
  /** Where the lock of this scope is: with the scope, whose writes it guards. Default: where named ones are. */
  readonly scopesOf?: ((scope: LockedScope) => Pick<Scopes, 'lock'>) | undefined
  /** The instance of a scope that the code is in: this session, this application. */
  readonly keyOf: (scope: LockedScope) => ScopeKey | Promise<ScopeKey>
  /** How much of the time of this request is left, in milliseconds; undefined: it has no limit. */
  readonly remainingMs?: (() => number | undefined) | undefined
  /** How long who waits without a time-out waits at most where the request has no limit, in milliseconds; default 5 minutes. */
  readonly longestWaitMs?: number | undefined
  /** Aborts when the request is given up: then nobody waits any more. A body that runs is not interrupted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs the body while the lock is held, over all processes that use the store: CFML's `lock` (cflock). The body is given the
 * lock, for its fencing token and its signal; under `bypass` it is given none. Whatever ends the body, the lock is free then.
 *
 * ```ts
 * const { succeeded } = await lock(place, { scope: 'application', timeout: 5, throwOnTimeout: false }, async () => {
 *   application.orders++
 * })
 * ```
 * @throws InvalidArgumentError for options that are not allowed
 * @throws LockTimeoutError naming the lock and the time, unless `throwOnTimeout` is false
 * @throws ScopesError `lock-upgrade` when the caller has the lock readonly and wants it exclusive: at once, and as a time-out counts
 */
export async function lock<T>(
  place: LockPlace,
  options: LockOptions,
  body: (lock: Lock | undefined) => T | Promise<T>,
): Promise<LockResult<T>> {
  const { name, scope, type, timeoutMs, throwOnTimeout, amount, bypass } = lockRequest(options)
  if (typeof body !== 'function') throw new InvalidArgumentError('lock takes a function that runs while it is held.')
  if (bypass) return { succeeded: true, value: await body(undefined), errortext: '' }
  let hasBegun = false
  const scopes = (scope === undefined ? undefined : place.scopesOf?.(scope)) ?? place.scopes
  const which = scope === undefined ? { name } : { scope: { key: await place.keyOf(scope) } }
  try {
    const value = await scopes.lock(
      {
        ...which,
        type,
        amount,
        timeoutMs: timeoutMs === 0 ? timeLeft(place) : timeoutMs,
        signal: place.signal,
      },
      held => {
        hasBegun = true
        return body(held)
      },
    )
    return { succeeded: true, value: value as T, errortext: '' }
  } catch (error) {
    // The body may have lost a race for a lock of its own: that is its error, and thrown.
    if (hasBegun || throwOnTimeout || !wasNotFree(error)) throw error
    return { succeeded: false, errortext: error.message }
  }
}

/** Who has no time left tries all the same. */
function timeLeft({ remainingMs, longestWaitMs = defaultWaitMs }: LockPlace): number {
  return Math.min(Math.max(1, Math.ceil(remainingMs?.() ?? longestWaitMs)), longestMs)
}

function wasNotFree(error: unknown): error is ScopesError {
  return error instanceof LockTimeoutError || (error instanceof ScopesError && error.code === 'lock-upgrade')
}
