import { ScopesError, UnreadableDocumentError, defineScope, openScopes, type StoreToken } from '@scopes/core'
import { type CouchbaseServer, OPCODE, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { type Collection, connect } from 'couchbase'
import { expect, onTestFinished, test } from 'vitest'

import { type CouchbaseStore, couchbaseStore } from '../../src/couchbase-store.ts'
import { maxDocumentBytes } from '../../src/open-store.ts'
import { bucketName, optionsFor } from '../server-place.ts'

const key = 'session:shop:1'
const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }) })

/** A store on a server of its own. */
async function openStore(): Promise<{
  readonly server: CouchbaseServer
  readonly store: CouchbaseStore
}> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName }] })
  const store = couchbaseStore(optionsFor(server))
  onTestFinished(async () => {
    await store.close()
    await server.close()
  })
  await store.open()
  return { server, store }
}

/** The same documents, as another client of Couchbase sees them. */
async function otherClient({ connectionString }: CouchbaseServer): Promise<Collection> {
  const cluster = await connect(connectionString, { username: 'Administrator', password: 'password' })
  onTestFinished(() => cluster.close())
  return cluster.bucket(bucketName).defaultCollection()
}

async function insert(store: CouchbaseStore): Promise<StoreToken> {
  const result = await store.insert(key, Uint8Array.of(1))
  if (result.type !== 'done') throw new Error('there is a document already')
  return result.token
}

test.each(['insert', 'append', 'replace'] as const)(
  'a document over 20 MiB is refused before it is sent: %s',
  async mutation => {
    const { server, store } = await openStore()
    const token = await insert(store)
    server.traffic.reset()
    const bytes = new Uint8Array(maxDocumentBytes + 1)
    const writing = mutation === 'insert' ? store.insert('session:shop:2', bytes) : store[mutation](key, bytes, token)
    const error: unknown = await writing.then(
      () => expect.fail('it was taken'),
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ScopesError)
    expect(error).toMatchObject({ code: 'too-large', outcome: 'none', status: 413 })
    expect(server.traffic.bytesReceived).toBeLessThan(10_000)
  },
)

test('a commit that the document has no room for compacts it; a state without room is refused with its biggest paths', async () => {
  const { server, store } = await openStore()
  const scopes = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store })
  const initial = (): Record<string, Uint8Array> => ({})
  const Files = defineScope({ kind: 'files', initial, limits: { bytes: 2 * maxDocumentBytes } })
  const scope = await scopes.open(Files, 'full')
  const file = (letter: string): Uint8Array => new Uint8Array(7 * 1024 * 1024).fill(letter.charCodeAt(0))
  await scope.update(draft => void Object.assign(draft, { kept: file('a'), changed: file('b') }))
  server.traffic.reset()
  await scope.update(draft => void (draft['changed'] = file('c')))
  expect(server.traffic.requests.get(OPCODE.append)).toBeUndefined()
  expect(server.traffic.requests.get(OPCODE.replace)).toBe(1)
  await expect(scope.update(draft => void (draft['more'] = file('d')))).rejects.toMatchObject({
    code: 'too-large',
    biggest: [{ path: ['kept'] }, { path: ['changed'] }, { path: ['more'] }],
  })
  const { value } = await scopes.open(Files, 'full')
  expect(Buffer.from(value['changed'] ?? []).equals(file('c'))).toBe(true)
})

test('a document that another client has locked is waited for, and is then as ever', async () => {
  const { server, store } = await openStore()
  const token = await insert(store)
  const other = await otherClient(server)
  const { cas } = await other.getAndLock(key, 30)
  const reading = store.load(key)
  const writing = store.append(key, Uint8Array.of(2), token)
  await expect.poll(() => server.traffic.requests.get(OPCODE.append)).toBeGreaterThan(1)
  await other.unlock(key, cas)
  // Either may come first when it is free.
  expect([[1], [1, 2]]).toContainEqual([...((await reading)?.bytes ?? [])])
  // The lock had a token of its own; that of the document is still the same.
  expect(await writing).toMatchObject({ type: 'done' })
})

test('a document that stays locked is an error that says so; no token of it is handed out', async () => {
  const { server, store: patient } = await openStore()
  const token = await insert(patient)
  const store = couchbaseStore({ ...optionsFor(server), timeoutMs: 300 })
  onTestFinished(() => store.close())
  await store.open()
  const other = await otherClient(server)
  await other.getAndLock(key, 30)
  await expect(store.load(key)).rejects.toThrow(/locked by another client/)
  await expect(store.append(key, Uint8Array.of(2), token)).rejects.toMatchObject({ outcome: 'unknown' })
  await expect(store.append(key, Uint8Array.of(2), token)).rejects.toThrow(/locked by another client/)
})

test.each([
  ['JSON', { hits: 7 }],
  ['text', 'seven'],
  ['bytes', Buffer.of(1, 2, 3)],
])('a document that somebody else wrote under our key is unreadable, and stays as it is: %s', async (_, content) => {
  const { server, store } = await openStore()
  const other = await otherClient(server)
  const { cas } = await other.insert(key, content)
  const scopes = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store })
  onTestFinished(() => scopes.close())
  await expect(scopes.open(Session, '1')).rejects.toThrow(UnreadableDocumentError)
  const writing = scopes.create(Session, { id: '1' }).update(draft => {
    draft.hits++
  })
  await expect(writing).rejects.toThrow(UnreadableDocumentError)
  const found = await other.get(key)
  expect(String(found.cas)).toBe(String(cas))
  expect(found.content).toEqual(content)
})
