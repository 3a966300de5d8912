import { openScopes } from '@scopes/core'
import { type CouchbaseAddress, couchbaseStore } from '@scopes/couchbase'
import { childInput, tellParent } from '../child.ts'
import type { WatcherMessage } from '../micro/watcher-process.ts'
import { ObjectsScope } from '../sessions.ts'

/** What a process that follows the changes of a bucket is given. */
export interface FollowerInput {
  readonly options: CouchbaseAddress
  /** How many changes it waits for. */
  readonly changes: number
}

// The program of a process that subscribes to every change. It says when it does, and then when it saw each.
const { options, changes } = childInput() as FollowerInput
const scopes = await openScopes({ application: 'bench', store: couchbaseStore(options) })
const seen = new Map<string, string>()
let isFollowing = false
scopes.changes({ kinds: [ObjectsScope.kind] }).subscribe(change => {
  const at = String(process.hrtime.bigint())
  if (!isFollowing) tell({})
  isFollowing = true
  if (!('version' in change)) return
  const name = `${change.key.id} ${change.version}`
  // A compaction tells the version again.
  if (seen.has(name)) return
  seen.set(name, at)
  if (seen.size === changes) tell({ seen: Object.fromEntries(seen) })
})

function tell(message: WatcherMessage): void {
  tellParent(message)
}
