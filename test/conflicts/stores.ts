import { join } from 'node:path'
import { type Clock, type DocumentStore, memoryStore } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

/** A store under conflict. */
interface StoreUnderConflict {
  /** How many processes write to it at the same time; one run for each. */
  readonly processes: readonly number[]
  /** Opens it; all who name the same directory have the same documents, where the store can be shared. */
  open(place: { readonly directory: string; readonly clock: Clock }): DocumentStore
}

/** Every store that must stand this: a new store is one line. */
export const stores: Readonly<Record<string, StoreUnderConflict>> = {
  memory: { processes: [1], open: ({ clock }) => memoryStore({ clock }) },
  sqlite: {
    processes: [1, 2, 4],
    // Patient: a process may be stopped while it has the lock, and the machine may be busy.
    open: ({ directory, clock }) => sqliteStore({ path: join(directory, 'scopes.db'), clock, busyTimeoutMs: 30_000 }),
  },
}

/** The stores of this run: all of them, or the one that `CONFLICT_STORE` names. */
export const storesOfThisRun: readonly { readonly store: string; readonly counts: readonly number[] }[] =
  namesOfThisRun().map(store => ({ store, counts: stores[store]?.processes ?? [] }))

/** The same, each with two processes, or with one where it cannot be shared. */
export const pairs: readonly { readonly store: string; readonly processes: number }[] = storesOfThisRun.map(
  ({ store, counts }) => ({ store, processes: Math.min(2, Math.max(...counts)) }),
)

/** Those that several processes share. */
export const sharedStores: readonly string[] = pairs.flatMap(({ store, processes }) => (processes > 1 ? [store] : []))

function namesOfThisRun(): readonly string[] {
  const wanted = process.env['CONFLICT_STORE']
  if (wanted === undefined) return Object.keys(stores)
  if (stores[wanted] === undefined) throw new Error(`CONFLICT_STORE is ${wanted}, but no such store is in the table.`)
  return [wanted]
}
