import { setTimeout as pause } from 'node:timers/promises'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import { childInput, tellParent } from '../child.ts'
import { ObjectsScope } from '../sessions.ts'

/** What a process with replicas is given. */
export interface ReplicaWatcherInput {
  readonly path: string
  /** What it holds and watches. */
  readonly ids: readonly string[]
  /** How many changes it waits for. */
  readonly changes: number
  /** How long it does nothing first. */
  readonly idleMs: number
}

/** What it says: what it spent while nothing happened, then when it saw each version (`id version`), as text. */
export interface ReplicaWatcherMessage {
  readonly idleCpuShare?: number
  /** Nanoseconds of `process.hrtime`. */
  readonly seen?: Readonly<Record<string, string>>
}

// The program of a process that holds sessions and reads them from replicas.
const { path, ids, changes, idleMs } = childInput() as ReplicaWatcherInput
const scopes = await openScopes({
  application: 'bench',
  store: sqliteStore({ path }),
  cluster: false,
  cache: replicas(),
})
await new Promise<void>(resolve => {
  scopes.status$.subscribe(({ type }) => type === 'live' && resolve())
})
const seen = new Map<string, string>()
for (const id of ids) {
  const session = await scopes.open(ObjectsScope, id)
  const first = session.version
  session.value$.subscribe(() => {
    const { version } = session
    if (version === first) return
    seen.set(`${id} ${version}`, String(process.hrtime.bigint()))
    if (seen.size === changes) tell({ seen: Object.fromEntries(seen) })
  })
}
// What is compiled and collected after the start is no waiting, nor is the sharing of the reaper's partitions between this process
// and the one that writes, which takes up to two thirds of a lease (40 s). Of a process that falls quiet V8 collects all garbage
// once, after eight seconds: 0.1 s of CPU, 1 % of a core in the ten seconds that were measured around it.
await pause(50_000)
const [before, begun] = [process.cpuUsage(), performance.now()]
await pause(idleMs)
const { user, system } = process.cpuUsage(before)
tell({ idleCpuShare: (user + system) / 1000 / (performance.now() - begun) })

function tell(message: ReplicaWatcherMessage): void {
  tellParent(message)
}
