import { derivedKey } from '../document/derived-key.ts'
import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'

/**
 * The key of a named lock. The name is trimmed and its case does not count; it carries no application: one name is one lock for
 * everybody who uses the store (lease protocol §1).
 * @throws InvalidArgumentError when there is no name in it, or a control character or a lone surrogate.
 */
export function namedLockKey(name: unknown): string {
  const text = typeof name === 'string' ? name.trim().toLowerCase() : ''
  if (text === '' || /[\p{Cc}\p{Cs}]/u.test(text)) {
    throw new InvalidArgumentError(
      `The name of a lock is ${quoted(name)}; it must be a text that is not empty, without control characters and lone surrogates.`,
    )
  }
  return derivedKey(`lock:n:${text}`)
}

/** The key of the lock of a scope, by the scope's document key: every id has its own. */
export function scopeLockKey(documentKey: string): string {
  return derivedKey(`lock:s:${documentKey}`)
}

/** The key of the lease of a reaper's partition (lease protocol §3). */
export function partitionLeaseKey(application: string, partition: number): string {
  return derivedKey(`lock:p:${application}:${partition}`)
}

/** The key of the lease of a place in the row of an application's reapers. */
export function memberLeaseKey(application: string, place: number): string {
  return derivedKey(`lock:p:${application}:m${place}`)
}

/** How the lock is called in an error: by what it was asked for. */
export function nameOfLock(key: string): string {
  const [, sort, rest = key] = /^lock:([nsp]):(.*)$/su.exec(key) ?? []
  return `${sort === 's' ? 'of the scope' : sort === 'p' ? 'of the partition' : ''} ${JSON.stringify(rest)}`.trim()
}
