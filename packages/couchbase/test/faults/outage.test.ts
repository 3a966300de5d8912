import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test, vi } from 'vitest'

import { couchbaseStore } from '../../src/couchbase-store.ts'
import { bucketName, optionsFor } from '../server-place.ts'

const key = 'session:shop:1'

async function newServer(port = 0): Promise<CouchbaseServer> {
  const server = await startCouchbaseServer({ port, buckets: [{ name: bucketName }] })
  onTestFinished(() => server.close())
  return server
}

test('while the server is gone nothing is written and every call says so; when it is back, the same store goes on', async () => {
  const server = await newServer()
  const store = couchbaseStore({ ...optionsFor(server), timeoutMs: 300 })
  onTestFinished(() => store.close())
  const patient = couchbaseStore(optionsFor(server))
  const inserted = await patient.insert(key, Uint8Array.of(1))
  await patient.close()
  if (inserted.type !== 'done') throw new Error('not inserted')
  await store.open()
  const [port] = server.ports
  await server.close()
  const error = { code: 'store-unavailable', outcome: 'none' }
  await expect(store.load(key)).rejects.toMatchObject({ code: 'store-unavailable' })
  await expect(store.insert('session:shop:2', Uint8Array.of(1))).rejects.toMatchObject(error)
  await expect(store.append(key, Uint8Array.of(2), inserted.token)).rejects.toMatchObject(error)

  await newServer(port)
  await vi.waitFor(() => store.load(key), { timeout: 20_000 })
  expect(await store.load('session:shop:2')).toBeUndefined()
  await vi.waitFor(async () => expect((await store.insert(key, Uint8Array.of(3))).type).toBe('done'), {
    timeout: 20_000,
  })
})

test('a request that was under way when the connection broke may have been executed', async () => {
  const server = await newServer()
  const store = couchbaseStore(optionsFor(server))
  onTestFinished(() => store.close())
  await store.open()
  const held = server.faults.add({ type: 'late' }, { match: { key } })
  const writing = store.insert(key, Uint8Array.of(1))
  await expect.poll(() => held.waiting).toBe(1)
  await server.disconnectAll()
  await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  held.release()
  await expect.poll(() => store.load(key)).toMatchObject({ bytes: Buffer.of(1) })
})

test('closing waits for requests under way, so that their callers know', async () => {
  const server = await newServer()
  const store = couchbaseStore(optionsFor(server))
  await store.open()
  server.faults.add({ type: 'delay', side: 'after', ms: 200 }, { match: { key } })
  const writing = store.insert(key, Uint8Array.of(1))
  await store.close()
  expect(await writing).toMatchObject({ type: 'done' })
})
