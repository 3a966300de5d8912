import { type LeaseMemory, type LeaseWish, ownEntry, sighted, silentFrom } from './lease-memory.ts'
import type { LockDocument, LockEntry } from './lock-document.ts'

/** What a document means for somebody who wants the lock. */
export interface Judged {
  readonly memory: LeaseMemory
  /** Where the own entry is. */
  readonly own: 'holds' | 'waits' | 'none'
  /** The lock can be taken now. */
  readonly fits: boolean
  readonly amount: number
  /** Those who live. */
  readonly holders: readonly LockEntry[]
  /** Those who live, without oneself. */
  readonly waiters: readonly LockEntry[]
}

/** Judges what a load has just shown. Whoever is silent for his lease is dead; no clock but the own one is asked (L7). */
export function judge(wish: LeaseWish, before: LeaseMemory, document: LockDocument, now: number): Judged {
  const memory = sighted(wish, before, document, now)
  const isAlive = (entry: LockEntry): boolean => entry.id === wish.id || silentFrom(memory, entry) > now
  const isOther = ({ id }: LockEntry): boolean => id !== wish.id
  const place = document.waiters.findIndex(({ id }) => id === wish.id)
  const ahead = (place < 0 ? document.waiters : document.waiters.slice(0, place)).filter(isAlive)
  const holders = document.holders.filter(isAlive)
  const others = [...document.holders, ...document.waiters].filter(entry => isOther(entry) && isAlive(entry))
  // Where processes do not agree, the stricter counts. Readers have no say in it.
  const isSaid = others.some(({ type }) => type === 'exclusive')
  const amount = isSaid ? Math.min(document.amount, wish.amount) : wish.amount
  return {
    memory,
    own: ownEntry(wish, document.holders) ? 'holds' : place < 0 ? 'none' : 'waits',
    fits: doesFit(wish, amount, holders, ahead),
    amount,
    holders,
    waiters: document.waiters.filter(entry => isOther(entry) && isAlive(entry)),
  }
}

/** The document with the entry in place of its older beat, or at the end of the line. */
export function withEntry(document: LockDocument, entry: LockEntry): LockDocument {
  const renewed = (list: readonly LockEntry[]): readonly LockEntry[] =>
    list.map(other => (other.id === entry.id ? entry : other))
  const { amount, holders, waiters } = document
  const isThere = [...holders, ...waiters].some(({ id }) => id === entry.id)
  return { amount, holders: renewed(holders), waiters: isThere ? renewed(waiters) : [...waiters, entry] }
}

/** The document without the entry; the same object when it is not there. */
export function without(document: LockDocument, id: string): LockDocument {
  const { amount, holders, waiters } = document
  if (![...holders, ...waiters].some(entry => entry.id === id)) return document
  const isOther = (entry: LockEntry): boolean => entry.id !== id
  return { amount, holders: holders.filter(isOther), waiters: waiters.filter(isOther) }
}

/** First come, first served; readers go together, not past a writer who waits (L11). */
function doesFit(
  { type }: LeaseWish,
  amount: number,
  holders: readonly LockEntry[],
  ahead: readonly LockEntry[],
): boolean {
  if (type === 'readonly') return ![...holders, ...ahead].some(entry => entry.type === 'exclusive')
  return holders.length + ahead.length < amount
}
