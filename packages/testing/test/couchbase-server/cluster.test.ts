import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  startCouchbaseServer,
  STATUS,
  type BucketControls,
  type CouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { RawClient } from './raw-client.ts'

const DUPLEX = 0x0c
const CLUSTERMAP_NOTIFICATION = 0x0d
const SET = { key: '\0k', extras: Buffer.alloc(8), value: Buffer.from('1') }

interface Config {
  readonly rev: number
  readonly nodesExt: readonly { readonly services: { readonly kv: number }; readonly thisNode?: true }[]
  readonly vBucketServerMap: {
    readonly serverList: readonly string[]
    readonly vBucketMap: readonly (readonly number[])[]
  }
}

const configOf = (value: Buffer): Config => JSON.parse(value.toString()) as Config

describe('a cluster of several nodes', () => {
  let server: CouchbaseServer
  let bucket: BucketControls
  beforeEach(async () => {
    server = await startCouchbaseServer({ nodes: 3 })
    bucket = server.createBucket({ name: 'b', vbuckets: 6 })
  })
  afterEach(() => server.close())

  const on = (node: number, features?: readonly number[]): Promise<RawClient> =>
    RawClient.open(server.ports[node] ?? 0, 'b', features)

  it('deals the vbuckets in turn, and each node says which one it is', async () => {
    for (const [node, port] of server.ports.entries()) {
      const client = await on(node)
      const { nodesExt, vBucketServerMap } = configOf((await client.ask(OPCODE.getClusterConfig)).value)
      expect(vBucketServerMap.vBucketMap).toEqual([[0], [1], [2], [0], [1], [2]])
      expect(nodesExt.map(({ services }) => services.kv)).toEqual(server.ports)
      expect(nodesExt.findIndex(({ thisNode }) => thisNode)).toBe(node)
      expect(vBucketServerMap.serverList[node]).toBe(`127.0.0.1:${port}`)
      await client.end()
    }
  })

  it('a vbucket is served by its node alone; the others answer with the configuration', async () => {
    const owner = await on(1)
    const other = await on(0)
    expect(await owner.ask(OPCODE.set, { ...SET, vbucket: 4 })).toMatchObject({ status: STATUS.success })
    const refused = await other.ask(OPCODE.set, { ...SET, vbucket: 4 })
    expect(refused.status).toBe(STATUS.notMyVbucket)
    expect(configOf(refused.value).vBucketServerMap.vBucketMap[4]).toEqual([1])
    await owner.end()
    await other.end()
  })

  it('a vbucket that moves has its documents at its new node, and the configuration is newer', async () => {
    const owner = await on(1)
    const other = await on(2)
    await owner.ask(OPCODE.set, { ...SET, vbucket: 4 })
    const before = configOf((await owner.ask(OPCODE.getClusterConfig)).value).rev
    bucket.moveVbucket(4, 2)
    expect(await other.ask(OPCODE.get, { key: SET.key, vbucket: 4 })).toMatchObject({ status: STATUS.success })
    const refused = await owner.ask(OPCODE.get, { key: SET.key, vbucket: 4 })
    expect(refused.status).toBe(STATUS.notMyVbucket)
    expect(configOf(refused.value).rev).toBeGreaterThan(before)
    await owner.end()
    await other.end()
  })

  it('a new configuration is pushed to those who want it, and to nobody else', async () => {
    const listening = await on(0, [DUPLEX, CLUSTERMAP_NOTIFICATION])
    const silent = await on(0)
    bucket.moveVbucket(0, 1)
    const push = await listening.next()
    expect(push).toMatchObject({ magic: 0x82, opcode: 0x01 })
    expect(configOf(push.value).vBucketServerMap.vBucketMap[0]).toEqual([1])
    await listening.end()
    await silent.end()
  })

  it('a failover loses what was not on disk, and begins a new history', async () => {
    const client = await on(0)
    await client.ask(OPCODE.set, SET)
    bucket.stopPersistence()
    await client.ask(OPCODE.set, { ...SET, value: Buffer.from('2') })
    const before = bucket.seqnos(0)
    expect(before).toMatchObject({ high: 2n, persisted: 1n })
    bucket.failover(0)
    expect(bucket.seqnos(0)).toMatchObject({ high: 1n, persisted: 1n })
    expect(bucket.seqnos(0).uuid).not.toBe(before.uuid)
    expect((await client.ask(OPCODE.get, { key: SET.key })).value.toString()).toBe('1')
    await client.end()
  })

  it('a CAS is never used twice, also not after a crash', async () => {
    const first = await on(0)
    await first.ask(OPCODE.set, SET)
    bucket.stopPersistence()
    const lost = await first.ask(OPCODE.set, SET)
    await server.crash()
    const second = await on(0)
    const after = await second.ask(OPCODE.set, SET)
    expect(after.cas).toBeGreaterThan(lost.cas)
    await second.end()
  })

  it('a clean restart closes every connection and keeps every document, ephemeral buckets none', async () => {
    server.createBucket({ name: 'e', type: 'ephemeral', vbuckets: 3 })
    const kept = await on(0)
    const lost = await RawClient.open(server.ports[0] ?? 0, 'e')
    await kept.ask(OPCODE.set, SET)
    await lost.ask(OPCODE.set, SET)
    const { uuid } = bucket.seqnos(0)
    await server.restart()
    await kept.closed()
    const again = await on(0)
    expect(await again.ask(OPCODE.get, { key: SET.key })).toMatchObject({ status: STATUS.success })
    expect(bucket.seqnos(0).uuid).toBe(uuid)
    await again.end()
    const emptied = await RawClient.open(server.ports[0] ?? 0, 'e')
    expect(await emptied.ask(OPCODE.get, { key: SET.key })).toMatchObject({ status: STATUS.notFound })
    await emptied.end()
  })

  it('a bucket that is deleted closes its connections, and can be made anew', async () => {
    const client = await on(0)
    await server.deleteBucket('b')
    await client.closed()
    expect(() => server.bucket('b')).toThrow(RangeError)
    server.createBucket({ name: 'b' })
    await (await on(0)).end()
  })

  it('a client that resets its connection harms nobody', async () => {
    const client = await on(0)
    const other = await on(0)
    client.send(OPCODE.set, SET)
    client.reset()
    await client.closed()
    expect(await other.ask(OPCODE.noop)).toMatchObject({ status: STATUS.success })
    await server.disconnectAll()
    await other.closed()
  })

  it('no node listens when one of them cannot', async () => {
    const { lower, upper } = await neighbours()
    await expect(startCouchbaseServer({ nodes: 2, port: lower })).rejects.toThrow('EADDRINUSE')
    await (await startCouchbaseServer({ port: lower })).close()
    await upper.close()
  })

  it('closing closes every connection', async () => {
    const client = await on(0)
    await server.close()
    await client.closed()
  })

  it('a node that is down cannot be reached, and has all that it had when it is up again', async () => {
    const client = await on(0)
    await client.ask(OPCODE.set, SET)
    await server.goDown(0)
    await client.closed()
    await expect(on(0)).rejects.toThrow('ECONNREFUSED')
    await (await on(1)).end()
    await server.goDown()
    await expect(on(1)).rejects.toThrow('ECONNREFUSED')
    const { ports } = server
    await server.comeUp()
    expect(server.ports).toEqual(ports)
    const again = await on(0)
    expect(await again.ask(OPCODE.get, { key: SET.key })).toMatchObject({ status: STATUS.success })
    await again.end()
  })

  it.each(['couchstore', 'ephemeral'] as const)('a crash of a %s bucket takes no collection away', async type => {
    const controls = server.createBucket({ name: 'c', type, vbuckets: 3 })
    controls.stopPersistence()
    const scopes = [
      { name: '_default', uid: '0', collections: [{ name: '_default', uid: '0' }] },
      { name: 'app', uid: '8', collections: [{ name: 'sessions', uid: '8' }] },
    ]
    controls.setManifest({ uid: '1', scopes })
    const client = await RawClient.open(server.ports[0] ?? 0, 'c')
    await client.ask(OPCODE.set, { ...SET, key: '\x08k' })
    await server.crash()
    const again = await RawClient.open(server.ports[0] ?? 0, 'c')
    // Of the scope and the collection: the vbucket has learnt of them anew.
    expect(controls.seqnos(0).high).toBe(2n)
    expect(await again.ask(OPCODE.get, { key: '\x08k' })).toMatchObject({ status: STATUS.notFound })
    expect(await again.ask(OPCODE.set, { ...SET, key: '\x08k' })).toMatchObject({ status: STATUS.success })
    await again.end()
  })

  it('is closed more than once without harm', async () => {
    await Promise.all([server.close(), server.close()])
  })

  it.each([
    ['a bucket twice', () => server.createBucket({ name: 'b' })],
    ['a name that a bucket cannot have', () => server.createBucket({ name: 'a/b' })],
    ['no vbucket', () => server.createBucket({ name: 'c', vbuckets: 0 })],
    ['a node that is not there', () => bucket.moveVbucket(0, 3)],
    ['a vbucket that is not there', () => bucket.moveVbucket(6, 0)],
    ['an old manifest', () => bucket.setManifest({ uid: '0', scopes: [] })],
  ])('%s is refused', (_, act) => {
    expect(act).toThrow(Error)
  })
})

/** A server, and the port before its own, which is free. */
async function neighbours(): Promise<{ readonly lower: number; readonly upper: CouchbaseServer }> {
  const held: CouchbaseServer[] = []
  for (;;) {
    const upper = await startCouchbaseServer()
    const lower = (upper.ports[0] ?? 0) - 1
    const probe = await startCouchbaseServer({ port: lower }).catch(() => undefined)
    await probe?.close()
    if (!probe) held.push(upper)
    else {
      await Promise.all(held.map(server => server.close()))
      return { lower, upper }
    }
  }
}
