import type { ScopeKey } from '@scopes/core'
import type { LockPlace } from '../lock/lock.ts'
import type { LockedScope } from '../lock/lock-options.ts'
import { onlyId } from '../scope/definitions.ts'
import type { RequestParts, ScopeName } from './scope-uses.ts'

/** What a request says of its locks. */
export interface LockPlaceOptions {
  /** The key of a scope that this visitor has. */
  readonly keyOf: (scope: 'session' | 'client') => Promise<ScopeKey>
  /** By the clock of the settings. */
  readonly beganAt: number
  /** Aborts when the request is given up. */
  readonly signal: AbortSignal | undefined
}

/** The place of a request: its session, its application, and how much time it has left. */
export function lockPlace({ settings, scopes }: RequestParts, options: LockPlaceOptions): LockPlace {
  const { clock, requestTimeoutMs } = settings
  const own = crypto.randomUUID()
  return {
    scopes: scopes.application,
    scopesOf: scope => scopes[nameOf(scope)],
    keyOf: scope => {
      if (scope === 'session' || scope === 'client') return options.keyOf(scope)
      const { application } = scopes[nameOf(scope)]
      return { application, kind: scope, id: scope === 'request' ? own : onlyId }
    },
    remainingMs: () => options.beganAt + requestTimeoutMs - clock.monotonic(),
    signal: options.signal,
  }
}

/** Nobody else has the lock of a request; it can be anywhere. */
function nameOf(scope: LockedScope): ScopeName {
  return scope === 'request' ? 'application' : scope
}
