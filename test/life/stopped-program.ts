import { type DocumentStore, ScopesError, defineScope, openScopes } from '@scopes/core'
import { hearStarter, programInput, tellStarter } from '@scopes/testing'

/** Where the documents of both processes are. */
export type StoppedPlace =
  { readonly type: 'sqlite'; readonly path: string } | { readonly type: 'couchbase'; readonly url: string }

/** What the program is started with. */
export interface StoppedTask {
  readonly place: StoppedPlace
  readonly ids: readonly string[]
  readonly leaseMs: number
}

/** What it tells. `outcomes`: the code of the error of each late write; `written` otherwise. */
export type StoppedTold =
  | { readonly type: 'told'; readonly id: string; readonly deliveryId: string }
  | { readonly type: 'ready' }
  | { readonly type: 'outcomes'; readonly outcomes: readonly string[] }

/** The program of a process that uses scopes and is told of ends, and is stopped while it does. */
const { place, ids, leaseMs } = programInput() as StoppedTask
const Visit = defineScope({ kind: 'visit', initial: () => ({ pages: 0 }), idle: '2s', keepEnds: '1d' })
const scopes = await openScopes({
  application: 'shop',
  process: 'other',
  openTimeoutMs: 60_000,
  store: await storeAt(place),
  reaper: { leaseMs },
})
const woken = new Promise<void>(resolve => hearStarter(() => resolve()))

let isAtWork: () => void = () => {}
const working = new Promise<void>(resolve => (isAtWork = resolve))
scopes.onEnd(Visit, async ({ key: { id }, deliveryId }) => {
  await tellStarter({ type: 'told', id, deliveryId })
  if (id !== 'slow') return
  isAtWork()
  await woken
})

const slow = await scopes.open(Visit, 'slow')
await slow.update(draft => void draft.pages++)
const ending = slow.end()
await working
const visits = await Promise.all(ids.map(id => scopes.open(Visit, id)))
await Promise.all(visits.map(visit => visit.update(draft => void draft.pages++)))
await tellStarter({ type: 'ready' })

await woken
const writes = await Promise.allSettled(visits.map(visit => visit.update(draft => void draft.pages++)))
await tellStarter({ type: 'outcomes', outcomes: writes.map(outcomeOf) })
await ending
await scopes.close()
process.disconnect()

function outcomeOf(write: PromiseSettledResult<unknown>): string {
  if (write.status === 'fulfilled') return 'written'
  return write.reason instanceof ScopesError ? write.reason.code : String(write.reason)
}

async function storeAt(given: StoppedPlace): Promise<DocumentStore> {
  if (given.type === 'sqlite') return (await import('@scopes/sqlite')).sqliteStore({ path: given.path })
  const { couchbaseStore, parseCouchbaseUrl } = await import('@scopes/couchbase')
  return couchbaseStore(parseCouchbaseUrl(given.url))
}
