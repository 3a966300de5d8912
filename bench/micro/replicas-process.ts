import { type ScopeDefinition, type Scopes, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import { childInput, tellParent } from '../child.ts'

/** What a process with replicas is given. */
export interface ReplicasInput {
  readonly path: string
  readonly count: number
}

/** What it says when it has them all. Bytes are those of each replica. */
export interface ReplicasFilled {
  readonly documentBytes: number
  readonly heapBytes: number
  readonly residentBytes: number
  readonly cpuMs: number
  readonly wallMs: number
  readonly firstReadUs: number
}

// The program of a process that takes all sessions of a store from its feed.
const { path, count } = childInput() as ReplicasInput
const Session: ScopeDefinition<{ text: string; count: number }> = defineScope({
  kind: 'session',
  initial: () => ({ text: '', count: 0 }),
  idle: '30m',
})
const store = sqliteStore({ path })
await store.open()
const before = memory()
const cache = replicas({ maxReplicas: count + 1, maxLagMs: 600_000 })
const cpuBefore = process.cpuUsage()
const begin = performance.now()
const scopes = await openScopes({ application: 'bench', store, cluster: false, cache, reaper: false })
await untilLive(scopes)
const wallMs = performance.now() - begin
const { user, system } = process.cpuUsage(cpuBefore)
const after = memory()
if (cache.size !== count + 1) throw new Error(`There are ${cache.size} replicas of ${count + 1}.`)
const keys: string[] = []
for await (const message of store.feed.open({ since: 'beginning', keysOnly: true })) {
  if (message.type === 'document') keys.push(message.key)
  if (message.type === 'caught-up' || keys.length === 10_000) break
}
const model = await store.load(keys[0] ?? '')
const filled: ReplicasFilled = {
  documentBytes: model?.bytes.length ?? 0,
  heapBytes: (after.used - before.used) / count,
  residentBytes: (after.resident - before.resident) / count,
  cpuMs: (user + system) / 1000,
  wallMs,
  firstReadUs: await firstReadUs(),
}
tellParent(filled)

async function firstReadUs(): Promise<number> {
  const start = process.cpuUsage()
  let read = 0
  for (const key of keys) {
    const opened = await scopes.open(Session, key.slice('session:bench:'.length))
    read += opened.value.count > 0 ? 1 : 0
  }
  if (read !== keys.length) throw new Error('A read saw another value.')
  const { user: ours, system: kernels } = process.cpuUsage(start)
  return (ours + kernels) / keys.length
}

function memory(): { readonly used: number; readonly resident: number } {
  if (globalThis.gc === undefined) throw new Error('Start this program with --expose-gc.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: heapUsed + external, resident: rss }
}

function untilLive(opened: Scopes): Promise<void> {
  return new Promise(resolve => {
    opened.status$.subscribe(({ type }) => type === 'live' && resolve())
  })
}
