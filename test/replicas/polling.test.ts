import { type DocumentStore, type Scope, type Scopes, defineScope, openScopes } from '@scopes/core'
import { couchbaseStore } from '@scopes/couchbase'
import { replicas } from '@scopes/sync'
import { observedStore } from '@scopes/testing'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'

interface Visit {
  hits: number
}

const Session = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })

/** A process that writes, and one that has replicas and may only poll; how often that one's scopes asked the store. */
async function processes(): Promise<{
  readonly writer: Scopes
  readonly reader: Scopes
  readonly asked: { loads: number }
  readonly store: DocumentStore
}> {
  const server = await startCouchbaseServer({ buckets: [{ name: 'scopes', vbuckets: 8 }] })
  const login = { connectionString: server.connectionString, username: 'Administrator', password: 'password' }
  const open = (): DocumentStore =>
    couchbaseStore({ ...login, bucket: 'scopes', timeoutMs: 10_000, feed: 'polling', polling: { intervalMs: 5 } })
  const asked = { loads: 0 }
  const store = open()
  const counted = observedStore(open(), { onCall: ({ method }) => void (asked.loads += method === 'load' ? 1 : 0) })
  const writer = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store })
  const cache = replicas({ maxLagMs: 1_000_000 })
  const reader = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store: counted, cluster: false, cache })
  onTestFinished(async () => {
    await reader.close()
    await writer.close()
    await server.close()
  })
  await new Promise<void>(resolve => {
    reader.status$.subscribe(({ type }) => type === 'live' && resolve())
  })
  return { writer, reader, asked, store }
}

/** Resolves when the handle shows so many hits. */
function shown(session: Scope<Visit>, hits: number): Promise<void> {
  return new Promise(resolve => {
    session.value$.subscribe(value => value.hits >= hits && resolve())
  })
}

test('what others commit to a scope that is held is read from memory: the store is not asked', async () => {
  const { writer, reader, asked } = await processes()
  const session = await reader.open(Session, '1')
  const theirs = await writer.open(Session, '1')
  for (let commit = 0; commit < 50; commit++) await theirs.update(draft => void draft.hits++)
  await shown(session, 50)
  asked.loads = 0
  expect((await reader.open(Session, '1')).value.hits).toBe(50)
  await theirs.update(draft => void draft.hits++)
  await shown(session, 51)
  expect((await reader.open(Session, '1')).value.hits).toBe(51)
  expect(asked.loads).toBe(0)
})

test('a scope that others have ended or removed is not shown alive', async () => {
  const { writer, reader, store } = await processes()
  const [ended, removed] = [await reader.open(Session, '1'), await reader.open(Session, '2')]
  await (await writer.open(Session, '1')).update(draft => void draft.hits++)
  await (await writer.open(Session, '2')).update(draft => void draft.hits++)
  await Promise.all([shown(ended, 1), shown(removed, 1)])
  const over = (session: Scope<Visit>): Promise<void> =>
    new Promise(resolve => {
      session.value$.subscribe({ complete: resolve })
    })
  const both = [over(ended), over(removed)]
  await (await writer.open(Session, '1')).end('logout')
  const document = await store.load('session:shop:2')
  await store.remove('session:shop:2', document?.token ?? expect.fail('nothing is stored'))
  await Promise.all(both)
  expect((await reader.open(Session, '1')).ended?.detail).toBe('logout')
  expect((await reader.open(Session, '2')).isStored).toBe(false)
})

test('what nobody holds is read from the store when it is opened, also when it was opened before', async () => {
  const { writer, reader } = await processes()
  const theirs = await writer.open(Session, '1')
  await theirs.update(draft => void draft.hits++)
  expect((await reader.open(Session, '1')).value.hits).toBe(1)
  expect((await reader.open(Session, 'new')).isStored).toBe(false)
  await (await writer.open(Session, 'new')).update(draft => void draft.hits++)
  const created = await reader.open(Session, 'new')
  await shown(created, 1)
  expect(created.value.hits).toBe(1)
})
