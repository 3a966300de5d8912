import {
  CasMismatchError,
  CollectionExistsError,
  CollectionNotFoundError,
  connect,
  DocumentExistsError,
  DocumentNotFoundError,
  DurabilityLevel,
  LookupInSpec,
  MutateInSpec,
  ScopeExistsError,
  ScopeNotFoundError,
  type Cluster,
  type Collection,
} from 'couchbase'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { OPCODE, startCouchbaseServer, type CouchbaseServer } from '@scopes/testing/couchbase-server'

const MANIFEST = {
  uid: '1',
  scopes: [
    { name: '_default', uid: '0', collections: [{ name: '_default', uid: '0' }] },
    { name: 'app', uid: '8', collections: [{ name: 'sessions', uid: '8' }] },
  ],
}

const BINARY_FLAGS = 0x03000002
const raw = { encode: (bytes: Buffer): [Buffer, number] => [bytes, BINARY_FLAGS], decode: (bytes: Buffer) => bytes }

/** A body that is neither JSON nor text. */
const bytes = (...content: number[]): Buffer => Buffer.from([0xc1, ...content])

describe.each([1, 3])('the official SDK on %i nodes, with no option but the address', nodes => {
  let server: CouchbaseServer
  let cluster: Cluster
  beforeAll(async () => {
    server = await startCouchbaseServer({ nodes, buckets: [{ name: 'b', manifest: MANIFEST }] })
    cluster = await connect(server.connectionString, { username: 'Administrator', password: 'password' })
  })
  afterAll(async () => {
    await cluster.close()
    await server.close()
  })

  const collections: readonly (readonly [string, () => Collection])[] = [
    ['default', () => cluster.bucket('b').defaultCollection()],
    ['named', () => cluster.bucket('b').scope('app').collection('sessions')],
  ]

  describe.each(collections)('in the %s collection', (_, collection) => {
    it('a document is inserted, appended to, replaced, read and removed by its CAS', async () => {
      const documents = collection()
      const inserted = await documents.insert('session', bytes(1), {
        transcoder: raw,
        expiry: new Date(Date.now() + 90 * 86_400_000),
      })
      await expect(documents.insert('session', bytes(9), { transcoder: raw })).rejects.toThrow(DocumentExistsError)
      const appended = await documents.binary().append('session', bytes(2), { cas: inserted.cas })
      await expect(documents.binary().append('session', bytes(9), { cas: inserted.cas })).rejects.toThrow(
        CasMismatchError,
      )
      expect((await documents.get('session', { transcoder: raw })).content).toEqual(Buffer.concat([bytes(1), bytes(2)]))
      const replaced = await documents.replace('session', bytes(3), { cas: appended.cas, transcoder: raw })
      expect(replaced.cas.toString()).not.toBe(appended.cas.toString())
      await expect(documents.remove('session', { cas: appended.cas })).rejects.toThrow(CasMismatchError)
      await documents.remove('session', { cas: replaced.cas })
      await expect(documents.get('session', { transcoder: raw })).rejects.toThrow(DocumentNotFoundError)
      await expect(documents.binary().append('session', bytes(9))).rejects.toThrow(DocumentNotFoundError)
    })

    it('tokens of a key rise by one, in one history', async () => {
      const documents = collection()
      const tokens = [
        await documents.insert('tokens', bytes(1), { transcoder: raw }),
        await documents.binary().append('tokens', bytes(2)),
      ]
      const [first, second] = tokens.map(
        ({ token }) => token?.toJSON() as { sequence_number: string; partition_uuid: string },
      )
      expect(BigInt(second?.sequence_number ?? 0)).toBe(BigInt(first?.sequence_number ?? 0) + 1n)
      expect(second?.partition_uuid).toBe(first?.partition_uuid)
    })

    it('an expiry survives an append; a touch changes it, and the CAS with it', async () => {
      const documents = collection()
      const end = Math.floor(Date.now() / 1000) + 86_400
      await documents.insert('expiring', { n: 1 }, { expiry: new Date(end * 1000) })
      const { cas } = await documents.binary().append('expiring', ' ')
      expect((await documents.get('expiring', { withExpiry: true })).expiryTime).toBe(end)
      expect((await documents.touch('expiring', new Date(end * 1000))).cas.toString()).toBe(cas.toString())
      expect((await documents.touch('expiring', new Date((end + 60) * 1000))).cas.toString()).not.toBe(cas.toString())
      expect((await documents.exists('expiring')).exists).toBe(true)
    })

    it('a lock keeps others out, and its CAS lets its owner in', async () => {
      const documents = collection()
      await documents.insert('locked', bytes(1), { transcoder: raw })
      const { cas } = await documents.getAndLock('locked', 15, { transcoder: raw })
      await expect(documents.replace('locked', bytes(9), { transcoder: raw, timeout: 50 })).rejects.toThrow('timeout')
      await documents.unlock('locked', cas)
      await documents.replace('locked', bytes(2), { transcoder: raw })
    })

    it('parts of a document are looked up and changed', async () => {
      const documents = collection()
      await documents.insert('parts', { list: [1, 2], name: 'x' })
      await documents.mutateIn('parts', [
        MutateInSpec.upsert('state', { seen: true }, { xattr: true, createPath: true }),
        MutateInSpec.arrayAppend('list', 3),
        MutateInSpec.increment('count', 2),
        MutateInSpec.remove('name'),
      ])
      const { content } = await documents.lookupIn('parts', [
        LookupInSpec.get('state.seen', { xattr: true }),
        LookupInSpec.count('list'),
        LookupInSpec.exists('name'),
        LookupInSpec.get('count'),
      ])
      expect(content.map(({ value }) => value as unknown)).toEqual([true, 3, false, 2])
    })

    it('durable writes succeed, and counters count', async () => {
      const documents = collection()
      await documents.upsert('durable', { n: 1 }, { durabilityLevel: DurabilityLevel.PersistToMajority })
      expect((await documents.binary().increment('counter', 2, { initial: 10 })).value).toBe(10)
      expect((await documents.binary().decrement('counter', 3)).value).toBe(7)
    })

    it('a body that the SDK compresses comes back as it was', async () => {
      const documents = collection()
      const text = 'scopes '.repeat(1000)
      await documents.insert('compressed', { text })
      expect((await documents.get('compressed')).content).toEqual({ text })
      await documents.binary().append('compressed', ' ')
      expect((await documents.get('compressed')).content).toEqual({ text })
    })
  })

  it('a vbucket that moves while it is written to costs nobody anything', async () => {
    const documents = cluster.bucket('b').defaultCollection()
    const controls = server.bucket('b')
    await documents.insert('moving', bytes(), { transcoder: raw })
    const writes = Array.from({ length: 20 }, async (_, turn) => {
      await documents.binary().append('moving', Buffer.from([turn]))
      for (let vbucket = 0; vbucket < 64; vbucket++) controls.moveVbucket(vbucket, (turn + vbucket) % nodes)
    })
    await Promise.all(writes)
    const { content } = await documents.get('moving', { transcoder: raw })
    expect([...(content as Buffer).subarray(1)].sort((left, right) => left - right)).toEqual(
      Array.from({ length: 20 }, (_, turn) => turn),
    )
  })

  it('one round trip per operation', async () => {
    const documents = cluster.bucket('b').defaultCollection()
    await documents.insert('counted', bytes(1), { transcoder: raw })
    server.traffic.reset()
    await documents.get('counted', { transcoder: raw })
    await documents.binary().append('counted', bytes(2))
    expect(server.traffic.requests.get(OPCODE.get)).toBe(1)
    expect(server.traffic.requests.get(OPCODE.append)).toBe(1)
  })
})

describe('the official SDK', () => {
  it.each(['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1', 'PLAIN'])('logs in by %s', async mechanism => {
    await using server = await startCouchbaseServer({
      buckets: [{ name: 'b' }],
      users: [{ name: 'me', password: 'sécret,=' }],
    })
    const address = `${server.connectionString}?sasl_mech_force=${mechanism}`
    const cluster = await connect(address, { username: 'me', password: 'sécret,=' })
    await cluster.bucket('b').defaultCollection().upsert('k', 1)
    await cluster.close()
  })

  it('is told that a password is wrong', async () => {
    await using server = await startCouchbaseServer({ buckets: [{ name: 'b' }] })
    const login = { username: 'Administrator', password: 'wrong' }
    await expect(connect(server.connectionString, login)).rejects.toThrow(/auth/i)
  })
})

describe('scopes and collections made by the official SDK', () => {
  const login = { username: 'Administrator', password: 'password' }

  it('are usable at once, and gone with their documents when they are dropped', async () => {
    await using server = await startCouchbaseServer({ nodes: 2, buckets: [{ name: 'b' }] })
    const cluster = await connect(server.connectionString, login)
    const bucket = cluster.bucket('b')
    const manager = bucket.collections()
    await manager.createScope('app')
    await manager.createCollection('sessions', 'app', { maxExpiry: 100 })
    await bucket.scope('app').collection('sessions').insert('k', 1)
    const scopes = await manager.getAllScopes()
    expect(scopes.find(({ name }) => name === 'app')?.collections).toMatchObject([{ name: 'sessions', maxExpiry: 100 }])
    await manager.dropCollection('sessions', 'app')
    await manager.createCollection('sessions', 'app')
    await expect(bucket.scope('app').collection('sessions').get('k')).rejects.toThrow(DocumentNotFoundError)
    await manager.dropScope('app')
    expect((await manager.getAllScopes()).map(({ name }) => name)).toEqual(['_default'])
    await cluster.close()
  })

  it('are refused when they exist, when their scope is missing, and when the user may not', async () => {
    const users = [
      { ...login, name: login.username },
      { name: 'reader', password: 'r', buckets: { b: ['Read'] } },
    ]
    await using server = await startCouchbaseServer({ buckets: [{ name: 'b' }], users })
    const cluster = await connect(server.connectionString, login)
    const manager = cluster.bucket('b').collections()
    await manager.createScope('app')
    await manager.createCollection('sessions', 'app')
    await expect(manager.createScope('app')).rejects.toThrow(ScopeExistsError)
    await expect(manager.createCollection('sessions', 'app')).rejects.toThrow(CollectionExistsError)
    await expect(manager.createCollection('sessions', 'other')).rejects.toThrow(ScopeNotFoundError)
    await expect(manager.dropCollection('other', 'app')).rejects.toThrow(CollectionNotFoundError)
    await expect(manager.createScope('_mine')).rejects.toThrow(Error)
    const reader = await connect(server.connectionString, { username: 'reader', password: 'r' })
    await expect(reader.bucket('b').collections().createScope('mine')).rejects.toThrow(Error)
    await cluster.close()
    await reader.close()
  })
})
