import { refuse } from './fields.ts'
import type { ScopeDocument } from './scope-document.ts'
import type { StoreToken } from './stored-document.ts'

/** A write under a lock: from then on the scope takes nothing from earlier holders of that lock. */
export interface Fence {
  /** The document key of the lock. */
  readonly lock: string
  /** That of the holder's grant. */
  readonly token: StoreToken
}

/** The fences of a scope, by lock. */
export interface Fences {
  readonly tokens: ReadonlyMap<string, StoreToken>
  /** The highest that was dropped: it counts for every lock that is not named. */
  readonly floor: StoreToken
}

/** How many locks a snapshot names. */
const namedLocks = 16

const none = 0n as StoreToken

/** The fences of the scope as it is, or was when it ended. O(frames of the tail). */
export function fencesOf(document: ScopeDocument): Fences | undefined {
  if (document.type === 'ended') return document.fences
  const { facts, tail } = document
  return tail.reduce<Fences | undefined>((fences, record) => raised(fences, record.fences), facts.fences)
}

/** Whether somebody has written who took this lock later. */
export function isFenced(fences: Fences | undefined, { lock, token }: Fence): boolean {
  return fences !== undefined && token < (fences.tokens.get(lock) ?? fences.floor)
}

/** The fences after a write; the same object when it raises none. The highest are named, the highest of the others is the floor. */
export function raised(before: Fences | undefined, by: readonly Fence[] | undefined): Fences | undefined {
  if (by === undefined || by.length === 0) return before
  const tokens = new Map(before?.tokens)
  for (const { lock, token } of by) {
    if (token > (tokens.get(lock) ?? none)) tokens.set(lock, token)
  }
  const sorted = [...tokens].toSorted(([, one], [, other]) => (one < other ? 1 : -1))
  const [, dropped = none] = sorted[namedLocks] ?? []
  const floor = before?.floor ?? none
  return { tokens: new Map(sorted.slice(0, namedLocks)), floor: dropped > floor ? dropped : floor }
}

/** The fences as fields of a snapshot. */
export function packFences(fences: Fences | undefined): Readonly<Record<string, unknown>> | undefined {
  if (fences === undefined) return undefined
  const { tokens, floor } = fences
  return { fences: tokens, ...(floor === none ? undefined : { fenceFloor: floor }) }
}

/** @throws UnreadableDocumentError unless they are fences. */
export function fencesField(fences: unknown, floor: unknown): Fences | undefined {
  if (fences === undefined && floor === undefined) return undefined
  if (!(fences instanceof Map)) return refuse('fences', 'a map of locks')
  const tokens = new Map([...fences].map(([lock, token]) => [lockField(lock), tokenField(token)] as const))
  return { tokens, floor: floor === undefined ? none : tokenField(floor) }
}

/** The fences of a commit as one field: lock, token, lock, token … */
export function packFenceList(fences: readonly Fence[]): readonly unknown[] {
  return fences.flatMap(({ lock, token }) => [lock, token])
}

/** @throws UnreadableDocumentError unless it is such a list. */
export function fenceListField(value: unknown): readonly Fence[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || value.length % 2 !== 0) return refuse('fence', 'a list of locks and tokens')
  return Array.from({ length: value.length / 2 }, (_, index) => ({
    lock: lockField(value[index * 2]),
    token: tokenField(value[index * 2 + 1]),
  }))
}

function lockField(value: unknown): string {
  return typeof value === 'string' ? value : refuse('fence', 'of a lock')
}

function tokenField(value: unknown): StoreToken {
  if (typeof value === 'bigint') return value as StoreToken
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value)
  return isWhole ? (BigInt(value) as StoreToken) : refuse('fence', 'with a token')
}
