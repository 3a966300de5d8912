import { openScopes, defineScope } from '@scopes/core'
import { type CouchbaseServer, OPCODE, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { connect } from 'couchbase'
import { describe, expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { bucketName, optionsFor } from './server-place.ts'

const key = 'session:shop:1'

async function newServer(): Promise<CouchbaseServer> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName }] })
  onTestFinished(() => server.close())
  return server
}

describe('a cluster that was passed in', () => {
  test('is used, and is not closed with the store', async () => {
    const { connectionString } = await newServer()
    const cluster = await connect(connectionString, { username: 'Administrator', password: 'password' })
    onTestFinished(() => cluster.close())
    const store = couchbaseStore({ cluster, bucket: bucketName })
    expect(await store.insert(key, Uint8Array.of(1))).toMatchObject({ type: 'done' })
    await store.close()
    await expect(store.load(key)).rejects.toMatchObject({ code: 'store-unavailable' })
    const { content } = await cluster.bucket(bucketName).defaultCollection().get(key)
    expect(content).toEqual(Buffer.of(1))
  })

  test('that was closed by its owner is an error of the store, with nothing written', async () => {
    const { connectionString } = await newServer()
    const cluster = await connect(connectionString, { username: 'Administrator', password: 'password' })
    const store = couchbaseStore({ cluster, bucket: bucketName })
    await store.open()
    await cluster.close()
    const writing = store.insert(key, Uint8Array.of(1))
    await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
    await expect(writing).rejects.toThrow(/connection is closed/)
  })
})

describe('a call', () => {
  test('that is given up rejects at once, and what was sent may have happened', async () => {
    const server = await newServer()
    const store = couchbaseStore(optionsFor(server))
    onTestFinished(() => store.close())
    await store.open()
    const held = server.faults.add({ type: 'late' }, { match: { opcode: [OPCODE.add, OPCODE.get] }, times: 2 })
    const controller = new AbortController()
    const { signal } = controller
    const writing = store.insert(key, Uint8Array.of(1), { signal })
    const reading = store.load('session:shop:2', { signal })
    await expect.poll(() => held.waiting).toBe(2)
    controller.abort(new Error('the visitor has gone'))
    await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
    await expect(writing).rejects.toThrow('the visitor has gone')
    await expect(reading).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
    held.release()
    expect(await store.load(key)).toMatchObject({ bytes: Buffer.of(1) })
    server.faults.clear()
    await server.disconnectAll()
  })

  test('with a key that does not fit is refused before it is sent', async () => {
    const server = await newServer()
    const store = couchbaseStore(optionsFor(server))
    onTestFinished(() => store.close())
    await store.open()
    for (const long of ['', 'k'.repeat(247), 'é'.repeat(124)]) {
      await expect(store.insert(long, Uint8Array.of(1))).rejects.toMatchObject({ code: 'invalid-argument' })
      await expect(store.load(long)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(server.traffic.requests.get(OPCODE.add)).toBeUndefined()
  })

  test('with an expiry that is none is refused, and nothing is sent', async () => {
    const server = await newServer()
    const store = couchbaseStore(optionsFor(server))
    onTestFinished(() => store.close())
    await store.open()
    const writing = store.insert(key, Uint8Array.of(1), { expiresAt: Number.NaN })
    await expect(writing).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(server.traffic.requests.get(OPCODE.add)).toBeUndefined()
  })

  test('of an open store is one request, whatever it is', async () => {
    const server = await newServer()
    const store = couchbaseStore(optionsFor(server))
    onTestFinished(() => store.close())
    await store.open()
    server.traffic.reset()
    const inserted = await store.insert(key, Uint8Array.of(1))
    if (inserted.type !== 'done') throw new Error('not inserted')
    const loaded = await store.load(key)
    const appended = await store.append(key, Uint8Array.of(2), inserted.token)
    if (appended.type !== 'done') throw new Error('not appended')
    await store.replace(key, Uint8Array.of(3), appended.token)
    await store.append(key, Uint8Array.of(2), inserted.token)
    expect(loaded).toBeDefined()
    const { add, get, append, replace, getMeta } = OPCODE
    const counts = [add, get, append, replace, getMeta].map(opcode => server.traffic.requests.get(opcode) ?? 0)
    expect(counts).toEqual([1, 1, 2, 1, 0])
  })
})

test('scopes say clearly that there is no feed, where none is wanted', async () => {
  const server = await newServer()
  const scopes = await openScopes({
    application: 'shop',
    openTimeoutMs: 60_000,
    store: couchbaseStore({ ...optionsFor(server), feed: 'none' }),
  })
  onTestFinished(() => scopes.close())
  const failed = new Promise(resolve => scopes.changes().subscribe({ error: resolve }))
  expect(await failed).toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('no changes feed') })
  // All else works.
  const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }) })
  const session = await scopes.open(Session, '1')
  await session.update(draft => {
    draft.hits++
  })
  const next = await session.rotate()
  await next.end('logout')
  expect((await scopes.open(Session, next.key.id)).isStored).toBe(false)
})
