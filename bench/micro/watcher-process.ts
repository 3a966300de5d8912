import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { childInput, tellParent } from '../child.ts'
import { ObjectsScope } from '../sessions.ts'

/** What a process that watches is given. */
export interface WatcherInput {
  readonly path: string
  /** How many changes it waits for. */
  readonly changes: number
}

/** What it says: that it watches, then when it saw each change (`id version`): nanoseconds of `process.hrtime`, as text. */
export interface WatcherMessage {
  readonly seen?: Readonly<Record<string, string>>
}

// The program of a process that subscribes to every change.
const { path, changes } = childInput() as WatcherInput
const scopes = await openScopes({ application: 'bench', store: sqliteStore({ path }) })
const seen = new Map<string, string>()
scopes.changes({ kinds: [ObjectsScope.kind] }).subscribe(change => {
  const at = String(process.hrtime.bigint())
  if (change.type === 'caught-up') return tell({})
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
