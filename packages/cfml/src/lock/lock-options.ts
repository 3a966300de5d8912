import { InvalidArgumentError, type LockType } from '@scopes/core'
import { timeSpanMs } from '../settings/time-span.ts'

/** The scopes that a lock can be of: the instance that the code is in. */
export type LockedScope = 'server' | 'application' | 'session' | 'client' | 'request'

/** Which lock, and how. Give a name or a scope. */
export interface LockOptions {
  /** Trimmed, case does not count, the same lock in every application on the store. */
  readonly name?: string | undefined
  readonly scope?: LockedScope | undefined
  /** `exclusive` (default): one holder. `readonly`: any number of them, and no exclusive one meanwhile. Case does not count. */
  readonly type?: LockType | undefined
  /**
   * How long to wait for the lock: a number of seconds below 1000, which may be a fraction, or a text such as '5s' or '20m'. What
   * `createTimeSpan` gives is milliseconds, and refused. It is no limit for the body. 0 (default): as long as the request may last, or as
   * long as anybody may wait where that has no limit.
   */
  readonly timeout?: number | string | undefined
  /** `false`: when the time is over the body is left out, and the result says so. Default: it is an error. */
  readonly throwOnTimeout?: boolean | undefined
  /** How many exclusive holders there may be at once; default 1. */
  readonly amount?: number | undefined
  /** `true`: the body runs without the lock. */
  readonly bypass?: boolean | undefined
}

/** The same, checked as far as core does not check it. */
export interface LockRequest {
  readonly name: string | undefined
  readonly scope: LockedScope | undefined
  readonly type: LockType
  /** 0: as long as the request may last. */
  readonly timeoutMs: number
  readonly throwOnTimeout: boolean
  readonly amount: number | undefined
  readonly bypass: boolean
}

const known: ReadonlySet<string> = new Set(['name', 'scope', 'type', 'timeout', 'throwOnTimeout', 'amount', 'bypass'])

const scopes: readonly LockedScope[] = ['server', 'application', 'session', 'client', 'request']

/** The longest time that a timer takes, some 24 days. */
export const longestMs: number = 2 ** 31 - 1

/** @throws InvalidArgumentError that names the option. Also where `bypass` means that no lock is taken. */
export function lockRequest(options: LockOptions): LockRequest {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('lock takes an object of options.')
  const stranger = Object.keys(options).find(name => !known.has(name))
  if (stranger !== undefined) {
    throw new InvalidArgumentError(`lock has no option "${stranger}"; it has ${[...known].join(', ')}.`)
  }
  const { name, scope, timeout = 0, throwOnTimeout = true, bypass = false, amount } = options
  if (name !== undefined && scope !== undefined) {
    throw new InvalidArgumentError('A lock has a name or is that of a scope, not both.')
  }
  if (scope === undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw new InvalidArgumentError('lock needs a name that is not empty, or a scope.')
  }
  for (const [option, value] of Object.entries({ throwOnTimeout, bypass })) {
    if (typeof value !== 'boolean') throw new InvalidArgumentError(`${option} must be true or false.`)
  }
  return {
    name,
    scope: scope === undefined ? undefined : lockedScope(scope),
    type: lockType(options.type ?? 'exclusive'),
    timeoutMs: lockTimeoutMs(timeout),
    throwOnTimeout,
    amount,
    bypass,
  }
}

/** Nobody waits a quarter of an hour for a lock by mistake, because a number was meant as milliseconds. */
const mostSeconds = 1000

function lockTimeoutMs(timeout: unknown): number {
  if (typeof timeout === 'string') {
    const milliseconds = timeSpanMs('timeout', timeout)
    if (milliseconds <= longestMs) return milliseconds
  } else if (typeof timeout === 'number' && timeout >= 0 && timeout < mostSeconds) {
    return Math.ceil(timeout * 1000)
  }
  throw new InvalidArgumentError(
    `timeout is ${String(timeout)}; it must be a number of seconds below ${mostSeconds}, or a text such as '5s' or '20m'. createTimeSpan gives milliseconds.`,
  )
}

function lockedScope(scope: unknown): LockedScope {
  const wanted = typeof scope === 'string' ? scope.toLowerCase() : undefined
  const found = scopes.find(name => name === wanted)
  if (found === undefined)
    throw new InvalidArgumentError(`There is no lock of a scope ${String(scope)}; there are ${scopes.join(', ')}.`)
  return found
}

function lockType(type: unknown): LockType {
  const wanted = typeof type === 'string' ? type.toLowerCase() : undefined
  if (wanted === 'exclusive' || wanted === 'readonly') return wanted
  throw new InvalidArgumentError(`The type of a lock is ${String(type)}; it must be exclusive or readonly.`)
}
