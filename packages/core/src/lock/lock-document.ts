import { countField, fieldsOf, optionalText, refuse } from '../document/fields.ts'
import { decodeRecord, encodeRecord } from '../document/record.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { UnreadableDocumentError } from '../errors.ts'

/** One holder, or many who exclude only the other type. */
export type LockType = 'exclusive' | 'readonly'

/** Somebody who holds a lock or stands in line for it. */
export interface LockEntry {
  /** Of one acquire, through all its tries (lease protocol L3). */
  readonly id: string
  readonly type: LockType
  /** For how long, in milliseconds, nothing needs to be heard of it. */
  readonly leaseMs: number
  /** One more at each sign of life. */
  readonly beat: number
  /** Names the process, for people. */
  readonly process: string
}

/** What the document of a lock says. It exists while somebody holds the lock or stands in line. */
export interface LockDocument {
  /** How many exclusive holders there may be at once. */
  readonly amount: number
  readonly holders: readonly LockEntry[]
  /** First come, first served. */
  readonly waiters: readonly LockEntry[]
}

/** A lock as a load showed it, or as an own write has left it; undefined: nobody has it. */
export type LockView = { readonly document: LockDocument; readonly token: StoreToken } | undefined

/** The document as it is stored. SPEC.md has the table. */
export function encodeLock({ amount, holders, waiters }: LockDocument): Uint8Array {
  return encodeRecord({ amount, holders, waiters })
}

/** @throws UnreadableDocumentError that names the key and the field which is not what it should be. */
export function decodeLock(bytes: Uint8Array, key: string): LockDocument {
  const value = decodeRecord(bytes, key)
  try {
    const { amount, holders, waiters } = fieldsOf(value)
    return {
      amount: countField('amount', amount),
      holders: entries('holders', holders),
      waiters: entries('waiters', waiters),
    }
  } catch (cause) {
    if (!(cause instanceof UnreadableDocumentError)) throw cause
    throw new UnreadableDocumentError(`The lock ${JSON.stringify(key)} is unreadable: ${cause.message}.`, {
      cause,
      key,
    })
  }
}

/**
 * After how many seconds the store may drop the document: longer than any lease in it, so that no lease is cut short
 * (lease protocol §1, `ttl-net`).
 */
export function ttlSecondsOf({ holders, waiters }: LockDocument): number {
  const longest = Math.max(...[...holders, ...waiters].map(({ leaseMs }) => leaseMs))
  return Math.ceil((2 * longest) / 1000) + 1
}

function entries(name: string, value: unknown): readonly LockEntry[] {
  return Array.isArray(value) ? value.map((entry: unknown) => entryOf(name, entry)) : refuse(name, 'a list')
}

function entryOf(name: string, value: unknown): LockEntry {
  const { id, type, leaseMs, beat, process } = fieldsOf(value)
  if (typeof id !== 'string') return refuse(`an id in ${name}`, 'a text')
  if (type !== 'exclusive' && type !== 'readonly') return refuse(`a type in ${name}`, 'exclusive or readonly')
  return {
    id,
    type,
    leaseMs: countField(`a lease in ${name}`, leaseMs),
    beat: countField(`a beat in ${name}`, beat),
    process: optionalText(`a process in ${name}`, process) ?? '',
  }
}
