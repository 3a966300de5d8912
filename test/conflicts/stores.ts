import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type DocumentStore, memoryStore } from '@scopes/core'

/** Where the documents of some processes are. */
export interface Place {
  readonly name: string
  /** Afterwards nothing of it is left; nobody uses it any more. */
  remove(): Promise<void>
}

/** A store under conflict. */
interface StoreUnderConflict {
  /** How many processes write to it at the same time; one run for each. */
  readonly processes: readonly number[]
  /** Its changes can be followed. */
  readonly hasFeed: boolean
  /** An empty place. */
  readonly newPlace: () => Promise<Place>
  /** Opens it; all who name the same place have the same documents, where the store can be shared. */
  open(at: { readonly place: string; readonly clock: Clock }): DocumentStore | Promise<DocumentStore>
}

/** Every store that must stand this: a new store is one line. Each process loads only the one that it needs. */
export const stores: Readonly<Record<string, StoreUnderConflict>> = {
  memory: { processes: [1], hasFeed: true, newPlace: newDirectory, open: ({ clock }) => memoryStore({ clock }) },
  sqlite: {
    processes: [1, 2, 4],
    // Patient: a process may be stopped while it has the lock, and the machine may be busy.
    hasFeed: true,
    newPlace: newDirectory,
    open: async ({ place, clock }) => {
      const { sqliteStore } = await import('@scopes/sqlite')
      return sqliteStore({ path: join(place, 'scopes.db'), clock, busyTimeoutMs: 30_000 })
    },
  },
  couchbase: {
    processes: [1, 2],
    hasFeed: false,
    newPlace: newServer,
    // Patient, for the same reason.
    open: async ({ place, clock }) => {
      const { couchbaseStore, parseCouchbaseUrl } = await import('@scopes/couchbase')
      return couchbaseStore({ ...parseCouchbaseUrl(place), clock, timeoutMs: 30_000 })
    },
  },
}

/** An empty place of the store. */
export function newPlace(store: string): Promise<Place> {
  return (stores[store]?.newPlace ?? newDirectory)()
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

/** Whether processes can be told of the changes of others. */
export function hasFeed(store: string): boolean {
  return stores[store]?.hasFeed ?? false
}

function namesOfThisRun(): readonly string[] {
  const wanted = process.env['CONFLICT_STORE']
  if (wanted === undefined) return Object.keys(stores)
  if (stores[wanted] === undefined) throw new Error(`CONFLICT_STORE is ${wanted}, but no such store is in the table.`)
  return [wanted]
}

async function newDirectory(): Promise<Place> {
  const name = await mkdtemp(join(tmpdir(), 'scopes-conflicts-'))
  return { name, remove: () => rm(name, { recursive: true, force: true }) }
}

async function newServer(): Promise<Place> {
  const { startCouchbaseServer } = await import('@scopes/testing/couchbase-server')
  const server = await startCouchbaseServer({ buckets: [{ name: 'scopes' }] })
  return {
    name: `couchbase://Administrator:password@127.0.0.1:${server.ports[0]}/scopes`,
    remove: () => server.close(),
  }
}
