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
    open: ({ directory, clock }) => sqliteStore({ path: join(directory, 'scopes.db'), clock }),
  },
}

/** The stores of this run, with each number of processes: all of them, or the one that `CONFLICT_STORE` names. */
export const crowds: readonly { readonly store: string; readonly processes: number }[] = namesOfThisRun().flatMap(
  store => (stores[store]?.processes ?? []).map(processes => ({ store, processes })),
)

/** Those that several processes share. */
export const sharedStores: readonly string[] = namesOfThisRun().filter(name =>
  stores[name]?.processes.some(count => count > 1),
)

function namesOfThisRun(): readonly string[] {
  const wanted = process.env['CONFLICT_STORE']
  if (wanted === undefined) return Object.keys(stores)
  if (stores[wanted] === undefined) throw new Error(`CONFLICT_STORE is ${wanted}, but no such store is in the table.`)
  return [wanted]
}
