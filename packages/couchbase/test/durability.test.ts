import { type DocumentStore, type MutationResult, type StoreToken, defineScope, openScopes } from '@scopes/core'
import {
  type BucketSpec,
  type CouchbaseServer,
  OPCODE,
  STATUS,
  startCouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { describe, expect, onTestFinished, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'
import { bucketName, optionsFor } from './server-place.ts'

const key = 'session:shop:1'
const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }) })

async function openStore(
  spec: Partial<BucketSpec> = {},
  options: Partial<CouchbaseStoreOptions> = {},
): Promise<{ readonly server: CouchbaseServer; readonly store: DocumentStore }> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName, ...spec }] })
  const store = couchbaseStore({ ...optionsFor(server), ...options })
  onTestFinished(async () => {
    await store.close()
    await server.close()
  })
  await store.open()
  return { server, store }
}

function tokenOf(result: MutationResult): StoreToken {
  if (result.type !== 'done') throw new Error(`refused: ${result.reason}`)
  return result.token
}

describe('a write that is asked to be as durable as the store can', () => {
  test('is refused, and not made less durable, where too few nodes are there; a usual one is done', async () => {
    const { store } = await openStore({ replicas: 1 })
    const token = tokenOf(await store.insert(key, Uint8Array.of(1)))
    const durability = 'strongest'
    const error = { code: 'store-unavailable', outcome: 'none' }
    await expect(store.insert('session:shop:2', Uint8Array.of(1), { durability })).rejects.toMatchObject(error)
    await expect(store.append(key, Uint8Array.of(2), token, { durability })).rejects.toMatchObject(error)
    await expect(store.replace(key, Uint8Array.of(2), token, { durability })).rejects.toMatchObject(error)
    await expect(store.remove(key, token, { durability })).rejects.toMatchObject(error)
    expect(await store.load(key)).toEqual({ bytes: Buffer.of(1), token })
    tokenOf(await store.remove(key, token))
  })

  test('is so in the ends and rotations of scopes, and only there', async () => {
    const { store } = await openStore({ replicas: 1 })
    const scopes = await openScopes({ application: 'shop', openTimeoutMs: 60_000, store })
    const session = await scopes.open(Session, '1')
    await session.update(draft => {
      draft.hits++
    })
    await expect(session.end('logout')).rejects.toThrow(/too few nodes/)
    await expect(session.rotate()).rejects.toThrow(/too few nodes/)
    expect((await scopes.open(Session, '1')).value).toEqual({ hits: 1 })
  })

  test('is as durable as a bucket without disks can make it, which is asked only once', async () => {
    const { server, store } = await openStore({ type: 'ephemeral' })
    const durability = 'strongest'
    let token = tokenOf(await store.insert(key, Uint8Array.of(1), { durability }))
    expect(server.traffic.requests.get(OPCODE.add)).toBe(2)
    token = tokenOf(await store.append(key, Uint8Array.of(2), token, { durability }))
    expect(server.traffic.requests.get(OPCODE.append)).toBe(1)
    expect(await store.load(key)).toEqual({ bytes: Buffer.of(1, 2), token })
  })

  test('still waits for a majority there', async () => {
    const { store } = await openStore({ type: 'ephemeral', replicas: 1 })
    const writing = store.insert(key, Uint8Array.of(1), { durability: 'strongest' })
    await expect(writing).rejects.toThrow(/too few nodes/)
  })

  test('may have happened where the server cannot say whether it is durable', async () => {
    const { server, store } = await openStore()
    server.faults.add({ type: 'status', status: STATUS.syncWriteAmbiguous }, { match: { opcode: OPCODE.add } })
    const writing = store.insert(key, Uint8Array.of(1), { durability: 'strongest' })
    await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  })
})

describe('the option durability', () => {
  test.each(['majority', 'majority-and-persist-active', 'persist-to-majority'] as const)(
    'asks every write for %s',
    async durability => {
      const { store } = await openStore({ replicas: 1 }, { durability })
      await expect(store.insert(key, Uint8Array.of(1))).rejects.toThrow(/too few nodes/)
    },
  )

  test('is not lowered where a bucket has no such level: that was not asked for', async () => {
    const { store } = await openStore({ type: 'ephemeral' }, { durability: 'persist-to-majority' })
    const writing = store.insert(key, Uint8Array.of(1))
    await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  })

  test('none for ends too, where that is what the operator wants', async () => {
    const { store } = await openStore({ replicas: 1 }, { strongestDurability: 'none' })
    tokenOf(await store.insert(key, Uint8Array.of(1), { durability: 'strongest' }))
  })
})
