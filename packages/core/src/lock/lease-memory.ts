import type { LockDocument, LockEntry, LockType } from './lock-document.ts'

/** What is asked for: one acquire, under one id through all its tries (lease protocol L3). */
export interface LeaseWish {
  readonly id: string
  /** Names the process, for people. */
  readonly process: string
  readonly type: LockType
  /** How many exclusive holders there may be. */
  readonly amount: number
  readonly leaseMs: number
  /** `insert`: as if nobody had it. `look`: as if somebody had. */
  readonly begins: 'insert' | 'look'
  /** It stands in line while others hold it; else it gives up at once. */
  readonly waits: boolean
  /**
   * Signs of life are sent at multiples of it, monotonic milliseconds, rather earlier than later: those of many leases of one
   * process together. Default: each a third of the lease after the one before.
   */
  readonly beatsEveryMs?: number | undefined
}

/** A sign of life of somebody else. */
interface Sighting {
  readonly beat: number
  /** Since when, monotonic milliseconds of this process, it has been seen and no newer one. */
  readonly since: number
}

/** What an acquire knows of itself and of others. */
export interface LeaseMemory {
  /** The newest beat that was sent; 0: none. */
  readonly beat: number
  /** When each beat was sent that may be stored, monotonic milliseconds. */
  readonly sent: ReadonlyMap<number, number>
  /** By the id of the entry. */
  readonly seen: ReadonlyMap<string, Sighting>
}

/** Nothing was sent, nobody was seen. */
export const noMemory: LeaseMemory = { beat: 0, sent: new Map(), seen: new Map() }

/** For how much of the lease a holder believes, and a waiter waits: a margin for clocks that do not run equally fast. */
const [believed, doubted] = [0.8, 1.1]

/** The entry with the next beat, which is sent now. */
export function entryOf(
  { id, type, leaseMs, process }: LeaseWish,
  memory: LeaseMemory,
  now: number,
): { readonly entry: LockEntry; readonly memory: LeaseMemory } {
  const beat = memory.beat + 1
  const entry = { id, type, leaseMs, beat, process }
  return { entry, memory: { ...memory, beat, sent: new Map([...memory.sent, [beat, now]]) } }
}

/** The own entry in a list. */
export function ownEntry({ id }: LeaseWish, entries: readonly LockEntry[]): LockEntry | undefined {
  return entries.find(entry => entry.id === id)
}

/** When the write that carries this beat of the own entry was sent (L4); -Infinity: not by this acquire. */
export function sentAt({ sent }: LeaseMemory, { beat }: LockEntry): number {
  return sent.get(beat) ?? -Infinity
}

/** The memory without beats that can no longer be stored: this one, or a later one, is. A lease may be held for months. */
export function withoutOlder(memory: LeaseMemory, stored: number): LeaseMemory {
  // Most often there are none, and nothing is copied; beats are remembered in the order in which they were sent.
  const [oldest = stored] = memory.sent.keys()
  if (oldest >= stored) return memory
  return { ...memory, sent: new Map([...memory.sent].filter(([beat]) => beat >= stored)) }
}

/** Until when nobody takes the own entry for dead. */
export function believedUntil(wish: LeaseWish, memory: LeaseMemory, { holders }: LockDocument): number {
  const own = ownEntry(wish, holders)
  return own ? sentAt(memory, own) + wish.leaseMs * believed : -Infinity
}

/** The memory after an answer that has just come: from now on counts what it shows for the first time (L5). */
export function sighted(wish: LeaseWish, memory: LeaseMemory, document: LockDocument, now: number): LeaseMemory {
  const seen = new Map<string, Sighting>()
  for (const { id, beat } of [...document.holders, ...document.waiters]) {
    if (id === wish.id) continue
    const before = memory.seen.get(id)
    seen.set(id, before?.beat === beat ? before : { beat, since: now })
  }
  return { ...memory, seen }
}

/** From when on the entry counts as dead if nothing new is seen of it: by the lease that it says itself (L6, L7). */
export function silentFrom({ seen }: LeaseMemory, { id, leaseMs }: LockEntry): number {
  const sighting = seen.get(id)
  return sighting === undefined ? Infinity : sighting.since + leaseMs * doubted
}

/** When the next of those who are seen to live counts as dead, monotonic milliseconds. */
export function nextSilence(memory: LeaseMemory, { holders, waiters }: LockDocument, now: number): number {
  const silences = [...holders, ...waiters].map(entry => silentFrom(memory, entry))
  return Math.min(...silences.filter(silentAt => silentAt > now))
}
