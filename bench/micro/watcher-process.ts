import { type DocumentStore, openScopes } from '@scopes/core'
import type { CouchbaseAddress } from '@scopes/couchbase'
import { sqliteStore } from '@scopes/sqlite'
import { childInput, tellParent } from '../child.ts'
import { ObjectsScope } from '../sessions.ts'

/** The store that a process watches. */
export type WatchedStore =
  | { readonly type: 'sqlite'; readonly path: string }
  | { readonly type: 'couchbase'; readonly options: CouchbaseAddress }

/** What a process that watches is given. */
export interface WatcherInput {
  readonly store: WatchedStore
  /** How many changes it waits for. */
  readonly changes: number
}

/** What it says: that it watches, then when it saw each change (`id version`): nanoseconds of `process.hrtime`, as text. */
export interface WatcherMessage {
  readonly seen?: Readonly<Record<string, string>>
}

// The program of a process that subscribes to every change.
const { store, changes } = childInput() as WatcherInput
const scopes = await openScopes({ application: 'bench', store: await openStore(store) })
const seen = new Map<string, string>()
let isWatching = false
scopes.changes({ kinds: [ObjectsScope.kind] }).subscribe(change => {
  const at = String(process.hrtime.bigint())
  if (!isWatching) tell({})
  isWatching = true
  if (!('version' in change)) return
  const name = `${change.key.id} ${change.version}`
  // A compaction tells the version again.
  if (seen.has(name)) return
  seen.set(name, at)
  if (seen.size === changes) tell({ seen: Object.fromEntries(seen) })
})

async function openStore(watched: WatchedStore): Promise<DocumentStore> {
  if (watched.type === 'sqlite') return sqliteStore({ path: watched.path })
  // The SDK takes a while to load.
  const { couchbaseStore } = await import('@scopes/couchbase')
  return couchbaseStore(watched.options)
}

function tell(message: WatcherMessage): void {
  tellParent(message)
}
