import { checkOptions } from '../definition/check-options.ts'
import { type ScopeKey, documentKey } from '../document/scope-key.ts'
import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import { defaultLeaseMs } from './lease.ts'
import type { LockType } from './lock-document.ts'
import { namedLockKey, scopeLockKey } from './lock-key.ts'

/** Which lock, and how. */
export interface LockOptions {
  /** The name of the lock: trimmed, case does not count, the same lock in every application. Or give `scope`. */
  readonly name?: string | undefined
  /** The scope whose lock it is, stored or not. Locks are advice: who takes none is not held back. */
  readonly scope?: { readonly key: ScopeKey } | undefined
  /** `exclusive` (default): one holder. `readonly`: any number of them, and no exclusive one meanwhile. */
  readonly type?: LockType | undefined
  /** How long to wait for it, in milliseconds; default 10,000. 0: not at all. */
  readonly timeoutMs?: number | undefined
  /** `false`: after the time-out the body is left out, and the result is undefined. Default: LockTimeoutError. */
  readonly throwOnTimeout?: boolean | undefined
  /** How many exclusive holders there may be at once; default 1. Where callers do not agree, the lowest counts. */
  readonly amount?: number | undefined
  /** After which silence the holder counts as dead, in milliseconds; default 15,000. It is no limit for the body. */
  readonly leaseMs?: number | undefined
  /** Aborting gives the waiting up; the body gets a signal of its own. */
  readonly signal?: AbortSignal | undefined
}

/** The same, checked. */
export interface LockRequest {
  readonly key: string
  readonly type: LockType
  readonly timeoutMs: number
  readonly throwOnTimeout: boolean
  readonly amount: number
  readonly leaseMs: number
  readonly signal: AbortSignal | undefined
}

const known: ReadonlySet<string> = new Set([
  'name',
  'scope',
  'type',
  'timeoutMs',
  'throwOnTimeout',
  'amount',
  'leaseMs',
  'signal',
])

/** @throws InvalidArgumentError that names the option. */
export function lockRequest(options: LockOptions): LockRequest {
  checkOptions('lock', options, known)
  const { type = 'exclusive', throwOnTimeout = true, signal } = options
  const { timeoutMs = 10_000, amount = 1, leaseMs = defaultLeaseMs } = options
  if (type !== 'exclusive' && type !== 'readonly') {
    throw new InvalidArgumentError(`type is ${quoted(type)}; it must be 'exclusive' or 'readonly'.`)
  }
  if (typeof throwOnTimeout !== 'boolean') {
    throw new InvalidArgumentError(`throwOnTimeout is ${quoted(throwOnTimeout)}; it must be true or false.`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidArgumentError(`signal is ${quoted(signal)}; it must be an AbortSignal.`)
  }
  if (type === 'readonly' && amount !== 1) {
    throw new InvalidArgumentError('amount is for exclusive locks; a readonly one has any number of holders.')
  }
  return {
    key: keyOf(options),
    type,
    timeoutMs: whole('timeoutMs', timeoutMs, 0),
    throwOnTimeout,
    amount: whole('amount', amount, 1),
    leaseMs: whole('leaseMs', leaseMs, 100),
    signal,
  }
}

function keyOf({ name, scope }: LockOptions): string {
  if (name !== undefined && scope !== undefined) {
    throw new InvalidArgumentError('A lock has a name or is that of a scope, not both.')
  }
  if (scope === undefined) return namedLockKey(name)
  if (typeof scope !== 'object' || scope === null || typeof scope.key !== 'object') {
    throw new InvalidArgumentError(`scope is ${quoted(scope)}; it must be what scopes.open has returned.`)
  }
  return scopeLockKey(documentKey(scope.key))
}

function whole(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value
  throw new InvalidArgumentError(`${option} is ${quoted(value)}; it must be a whole number from ${least} to 2^31.`)
}
