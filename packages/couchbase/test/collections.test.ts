import { InvalidArgumentError } from '@scopes/core'
import {
  type BucketControls,
  type CouchbaseServer,
  type ManifestJson,
  type User,
  startCouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { connect } from 'couchbase'
import { describe, expect, onTestFinished, test } from 'vitest'

import { type CouchbaseStore, couchbaseStore } from '../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'
import { bucketName, optionsFor } from './server-place.ts'

/** Scopes with their collections. */
function manifest(uid: string, scopes: Readonly<Record<string, readonly string[]>>): ManifestJson {
  let id = 8
  return {
    uid,
    scopes: Object.entries(scopes).map(([name, collections]) => ({
      name,
      uid: name === '_default' ? '0' : (id++).toString(16),
      collections: collections.map(collection => ({
        name: collection,
        uid: collection === '_default' ? '0' : (id++).toString(16),
      })),
    })),
  }
}

const users: readonly User[] = [
  { name: 'Administrator', password: 'password' },
  { name: 'shop', password: 'secret', privileges: ['SystemSettings'], buckets: { [bucketName]: ['Read', 'Insert'] } },
]

const before = manifest('1', { _default: ['_default', 'sessions', 'others'], live: ['sessions'] })

async function openStore(options: Partial<CouchbaseStoreOptions>): Promise<{
  readonly store: CouchbaseStore
  readonly server: CouchbaseServer
  readonly bucket: BucketControls
  readonly documents: (scope: string, collection: string, key: string) => Promise<boolean>
}> {
  const server = await startCouchbaseServer({ buckets: [{ name: bucketName, manifest: before }], users })
  const store = couchbaseStore({ ...optionsFor(server), timeoutMs: 2000, ...options })
  const { connectionString } = server
  const other = await connect(connectionString, { username: 'Administrator', password: 'password' })
  onTestFinished(async () => {
    await store.close()
    await other.close()
    await server.close()
  })
  return {
    store,
    server,
    bucket: server.bucket(bucketName),
    documents: async (scope, collection, key) => {
      const { exists } = await other.bucket(bucketName).scope(scope).collection(collection).exists(key)
      return exists
    },
  }
}

const insert = (store: CouchbaseStore, key: string): Promise<unknown> => store.insert(key, Uint8Array.of(1))

describe('documents are in the collection that was chosen', () => {
  test('in the default one', async () => {
    const { store, documents } = await openStore({})
    await insert(store, 'session:shop:1')
    expect(await documents('_default', '_default', 'session:shop:1')).toBe(true)
  })

  test('in one of a name, in a scope of a name', async () => {
    const { store, documents } = await openStore({ scope: 'live', collections: 'sessions' })
    await insert(store, 'session:shop:1')
    await insert(store, 'client:shop:1')
    expect(await documents('live', 'sessions', 'session:shop:1')).toBe(true)
    expect(await documents('live', 'sessions', 'client:shop:1')).toBe(true)
    expect(await documents('_default', 'sessions', 'session:shop:1')).toBe(false)
  })

  test('each kind in its own', async () => {
    const { store, documents } = await openStore({ collections: kind => (kind === 'session' ? 'sessions' : 'others') })
    for (const key of ['session:shop:1', 'client:shop:session', 'lock:shop:session:1']) await insert(store, key)
    expect(await documents('_default', 'sessions', 'session:shop:1')).toBe(true)
    expect(await documents('_default', 'others', 'client:shop:session')).toBe(true)
    expect(await documents('_default', 'others', 'lock:shop:session:1')).toBe(true)
    expect(await store.load('client:shop:session')).toBeDefined()
  })
})

describe('a collection that is missing', () => {
  test('is an error of the kinds that belong there, and of no other; nothing was written', async () => {
    const { store } = await openStore({ collections: kind => (kind === 'session' ? 'sessions' : 'missing') })
    await store.open()
    const error = { code: 'store-unavailable', outcome: 'none' }
    await expect(insert(store, 'client:shop:1')).rejects.toMatchObject(error)
    await expect(insert(store, 'client:shop:1')).rejects.toThrow(/no collection _default\.missing/)
    await expect(store.load('client:shop:1')).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await insert(store, 'session:shop:1')).toMatchObject({ type: 'done' })
  })

  test('is found once somebody has created it', async () => {
    const { store, bucket } = await openStore({ collections: 'late' })
    await expect(store.open()).rejects.toThrow(/no collection _default\.late/)
    bucket.setManifest(manifest('2', { _default: ['_default', 'late'] }))
    await store.open()
    expect(await insert(store, 'session:shop:1')).toMatchObject({ type: 'done' })
  })

  test('of one kind is found once somebody has created it, also by a store that is open', async () => {
    const { store, bucket } = await openStore({ collections: kind => kind })
    await expect(insert(store, 'client:shop:1')).rejects.toThrow(/no collection _default\.client/)
    bucket.setManifest(manifest('2', { _default: ['_default', 'client'] }))
    expect(await insert(store, 'client:shop:1')).toMatchObject({ type: 'done' })
  })

  test('with a name that Couchbase does not allow is an error of the options', async () => {
    const { store } = await openStore({ collections: kind => `${kind}.` })
    await expect(insert(store, 'session:shop:1')).rejects.toThrow(InvalidArgumentError)
  })

  test('is created, with its scope, where that is allowed, also by several at the same time', async () => {
    const { store, server, documents } = await openStore({
      scope: 'new',
      collections: kind => kind,
      createCollections: true,
    })
    const other = couchbaseStore({
      ...optionsFor(server),
      scope: 'new',
      collections: kind => kind,
      createCollections: true,
    })
    onTestFinished(() => other.close())
    await Promise.all([
      insert(store, 'session:shop:1'),
      insert(other, 'session:shop:2'),
      insert(store, 'client:shop:1'),
    ])
    expect(await documents('new', 'session', 'session:shop:1')).toBe(true)
    expect(await documents('new', 'session', 'session:shop:2')).toBe(true)
    expect(await documents('new', 'client', 'client:shop:1')).toBe(true)
  })

  test('is not created by a user who may not, and the error says so', async () => {
    const login = { username: 'shop', password: 'secret' }
    const { store } = await openStore({ ...login, collections: 'missing', createCollections: true })
    await expect(store.open()).rejects.toThrow(/_default\.missing is missing and was not created/)
    await expect(store.open()).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  })
})

test('a collection that is dropped in use is an error that names it', async () => {
  const { store, bucket } = await openStore({ collections: 'sessions', timeoutMs: 800 })
  await insert(store, 'session:shop:1')
  bucket.setManifest(manifest('2', { _default: ['_default'] }))
  await expect(store.load('session:shop:1')).rejects.toThrow(/collection does not exist/)
  await expect(insert(store, 'session:shop:2')).rejects.toThrow(/collection does not exist/)
})
