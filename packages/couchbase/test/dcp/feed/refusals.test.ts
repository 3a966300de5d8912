import { type FeedMessage, StoreUnavailableError } from '@scopes/core'
import { type CouchbaseServer, type ManifestJson, OPCODE, STATUS, type User } from '@scopes/testing/couchbase-server'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { CouchbaseStore } from '../../../src/couchbase-store.ts'
import { type FeedTroubleMessage, diagnostics } from '../../../src/diagnostics.ts'
import { bucketName } from '../../server-place.ts'
import { feedOf, follow, keysOf, partitionsOf, serverFor, storeOn } from './followed.ts'

const bytes = Uint8Array.of(1)
const data = ['Read', 'Insert', 'Delete', 'Upsert', 'SystemXattrRead', 'MetaRead', 'MetaWrite']

function userWith(...more: readonly string[]): readonly User[] {
  return [{ name: 'Administrator', password: 'password', buckets: { [bucketName]: [...data, ...more] } }]
}

/** What is told on the channel of the feed during the test. */
function troublesToldNow(): readonly FeedTroubleMessage[] {
  const troubles: FeedTroubleMessage[] = []
  const listen = (message: unknown): void => void troubles.push(message as FeedTroubleMessage)
  subscribe(diagnostics.feed.name, listen)
  onTestFinished(() => void unsubscribe(diagnostics.feed.name, listen))
  return troubles
}

async function refusalOf(store: CouchbaseStore): Promise<unknown> {
  const refused = await follow(store)
    .next()
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(StoreUnavailableError)
  return refused
}

describe('whoever may not follow changes is told what is missing, and can use the store all the same', () => {
  test.each<[string, readonly string[]]>([
    ['connections for changes', ['DcpStream']],
    ['streams of changes', ['DcpProducer']],
  ])('%s', async (_, privileges) => {
    const store = storeOn(await serverFor({ users: userWith(...privileges) }))
    expect(await refusalOf(store)).toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('data_dcp_reader'),
      cause: { reason: 'no-access', mayPass: false },
    })
    expect(await store.insert('session:shop:1', bytes)).toMatchObject({ type: 'done' })
  })

  test('a wrong password of the feed alone', async () => {
    const server = await serverFor()
    const store = storeOn(server, { dcp: { username: 'Administrator', password: 'wrong' } })
    expect(await refusalOf(store)).toMatchObject({ cause: { reason: 'login' } })
    expect(await store.insert('session:shop:1', bytes)).toMatchObject({ type: 'done' })
  })

  test('a network in which the nodes have no address', async () => {
    const server = await serverFor()
    const store = storeOn(server, { dcp: { connectionString: `${server.connectionString}?network=external` } })
    expect(await refusalOf(store)).toMatchObject({ cause: { reason: 'unsupported' } })
  })

  test('a right that is taken away while changes are followed', async () => {
    const server = await serverFor({ vbuckets: 1 })
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    server.faults.add({ type: 'status', status: STATUS.noAccess }, { match: { opcode: OPCODE.dcpStreamRequest } })
    await server.disconnectAll()
    const next = followed.until(() => false)
    await expect(next).rejects.toMatchObject({ cause: { reason: 'no-access' } })
    // Who begins anew may have got it back.
    await follow(store).catchUp()
  })
})

/** A default scope with these collections, the first of which is the default one. */
function manifestOf(uid: string, names: readonly string[]): ManifestJson {
  const collections = names.map((name, index) => ({ name, uid: index === 0 ? '0' : (index + 7).toString(16) }))
  return { uid, scopes: [{ name: '_default', uid: '0', collections }] }
}

describe('a collection', () => {
  test('that there is not is named', async () => {
    const store = storeOn(await serverFor(), { collections: 'missing' })
    expect(await refusalOf(store)).toMatchObject({ message: expect.stringContaining('_default.missing') })
  })

  test('that is missing is created where that is allowed, and followed', async () => {
    const store = storeOn(await serverFor(), { collections: kind => `of-${kind}`, createCollections: true })
    const followed = follow(store, { kinds: ['session', 'client'] })
    await followed.catchUp()
    for (const key of ['session:shop:1', 'client:shop:1', 'lock:shop:1']) await store.insert(key, bytes)
    await followed.catchUp()
    expect(keysOf(followed.messages).toSorted()).toEqual(['client:shop:1', 'session:shop:1'])
  })

  test('that is dropped while it is followed is no silence', async () => {
    const server = await serverFor()
    server.bucket(bucketName).setManifest(manifestOf('2', ['_default', 'mine']))
    const followed = follow(storeOn(server, { collections: 'mine' }))
    await followed.catchUp()
    server.bucket(bucketName).setManifest(manifestOf('3', ['_default']))
    await expect(followed.until(() => false)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('collection does not exist any more'),
    })
  })

  test('that was made while the scope is followed has to be told too, before it is said to have caught up', async () => {
    const options = { collections: (kind: string) => `of-${kind}`, createCollections: true }
    const store = storeOn(await serverFor({ vbuckets: 1 }), { ...options, dcp: { bufferBytes: 64 * 1024 } })
    await store.insert('session:shop:1', bytes)
    const followed = follow(store)
    await followed.catchUp()
    const keys = Array.from({ length: 150 }, (_, index) => `client:shop:${index}`)
    // More than may be under way: the answer how far the node is overtakes the rest.
    for (const key of keys) await store.insert(key, new Uint8Array(1000))
    expect(keysOf(await followed.catchUp()).toSorted()).toEqual(keys.toSorted())
  })

  test('that is dropped is no silence where others are followed that stay', async () => {
    const server = await serverFor()
    server.bucket(bucketName).setManifest(manifestOf('2', ['_default', 'of-session', 'of-client']))
    const store = storeOn(server, { collections: kind => `of-${kind}` })
    const followed = follow(store, { kinds: ['session', 'client'] })
    await followed.catchUp()
    server.bucket(bucketName).setManifest(manifestOf('3', ['_default', 'of-session']))
    await expect(followed.until(() => false)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('collection does not exist any more'),
    })
  })

  test('of its own for each kind: all of the scope are followed, those too that are made later', async () => {
    const store = storeOn(await serverFor(), { collections: kind => `of-${kind}`, createCollections: true })
    await store.insert('session:shop:1', bytes)
    const followed = follow(store)
    await followed.catchUp()
    const keys = ['session:shop:2', 'client:shop:1', 'client:shop:2', 'lock:shop:1']
    for (const key of keys) await store.insert(key, bytes)
    await followed.catchUp()
    expect(keysOf(followed.messages).toSorted()).toEqual(keys.toSorted())
    const resumed = follow(store, { since: 'beginning' })
    await resumed.catchUp()
    expect(keysOf(resumed.messages).toSorted()).toEqual(['session:shop:1', ...keys].sort())
  })
})

test('where nobody answers an iteration rejects after its time, with what was in the way', async () => {
  const server = await serverFor()
  const store = storeOn(server, { openTimeoutMs: 1500 })
  const followed = follow(store)
  await followed.catchUp()
  await server.goDown()
  await expect(followed.until(() => false)).rejects.toMatchObject({
    code: 'store-unavailable',
    cause: { reason: 'unreachable' },
  })
  await server.comeUp()
})

test('a node that breaks the protocol is told of, left and tried again; the changes of others go on', async () => {
  const troubles = troublesToldNow()
  const server = await serverFor({ vbuckets: 2, nodes: 2 })
  const store = storeOn(server)
  // An answer that is no failover log: its status is success, and its body is missing.
  const match = { opcode: OPCODE.dcpGetFailoverLog, node: 1 }
  server.faults.add({ type: 'status', status: STATUS.success }, { match, times: 2 })
  const followed = follow(store)
  await followed.catchUp()
  expect(troubles).toContainEqual(
    expect.objectContaining({ type: 'node-down', error: expect.objectContaining({ reason: 'malformed' }) }),
  )
})

describe('one vbucket that cannot be read is told of and asked for again, has not caught up, and holds up no other:', () => {
  const keys = Array.from({ length: 12 }, (_, index) => `session:shop:${index}`)

  /** The others are read while `disturb` lasts; then this one too, from where it was. */
  async function expectRest(disturb: (server: CouchbaseServer) => void, trouble: object): Promise<void> {
    const troubles = troublesToldNow()
    const server = await serverFor()
    const store = storeOn(server)
    for (const key of keys) await store.insert(key, bytes)
    disturb(server)
    const followed = follow(store, { since: 'beginning' })
    const others = new Set<number>()
    const isOfOthers = (message: FeedMessage): boolean => {
      if (message.type === 'caught-up') others.add(message.partition)
      return others.size === 3 && troubles.some(told => told.type === 'stream-refused' || told.type === 'stream-broken')
    }
    await followed.until(isOfOthers)
    others.clear()
    await feedOf(store).probe()
    await followed.until(isOfOthers)
    expect(partitionsOf(followed.messages, 'caught-up')).toEqual([0, 2, 3])
    expect(partitionsOf(followed.messages, 'document')).toEqual([0, 2, 3])
    expect(troubles).toContainEqual(expect.objectContaining({ ...trouble, vbucket: 1 }))
    server.faults.clear()
    await followed.until(message => message.type === 'caught-up' && message.partition === 1)
    expect(keysOf(followed.messages).toSorted()).toEqual(keys.toSorted())
  }

  test('whose stream the node refuses with a status that does not say that it will pass', async () => {
    const match = { opcode: OPCODE.dcpStreamRequest, vbucket: 1 }
    const fault = { type: 'status', status: STATUS.outOfRange } as const
    await expectRest(server => void server.faults.add(fault, { match, times: Infinity }), {
      type: 'stream-refused',
      status: STATUS.outOfRange,
    })
  })

  test('whose messages break their grammar', async () => {
    const match = { opcode: OPCODE.dcpMutation, vbucket: 1 }
    // Its datatype says that the value is compressed.
    const garble = { type: 'garble', at: 5, byte: 2 } as const
    await expectRest(server => void server.faults.interrupt(garble, { match, times: Infinity }), {
      type: 'stream-broken',
    })
  })
})

test('a store that nobody follows has no connection for changes, and none is left behind', async () => {
  const server = await serverFor({ nodes: 2 })
  const store = storeOn(server)
  const consumers = (): number => server.bucket(bucketName).consumers().length
  await store.insert('session:shop:1', bytes)
  expect(server.traffic.requests.get(OPCODE.dcpOpen)).toBeUndefined()
  expect(feedOf(store).partitions).toBe(0)
  const controller = new AbortController()
  await follow(store, { signal: controller.signal }).catchUp()
  expect([consumers(), feedOf(store).partitions]).toEqual([2, 4])
  controller.abort()
  await expect.poll(consumers).toBe(0)
  await follow(store).catchUp()
  await store.close()
  await expect.poll(consumers).toBe(0)
})

test('what a consumer does not take waits at the node, up to the buffer and one message', async () => {
  const server = await serverFor({ vbuckets: 1 })
  const bufferBytes = 64 * 1024
  const store = storeOn(server, { dcp: { bufferBytes } })
  const followed = follow(store)
  await followed.next()
  for (let index = 0; index < 300; index++) await store.insert(`session:shop:${index}`, new Uint8Array(1000))
  const [consumer] = server.bucket(bucketName).consumers()
  expect(consumer?.mostUnacknowledgedBytes).toBeGreaterThan(bufferBytes - 2000)
  expect(consumer?.mostUnacknowledgedBytes).toBeLessThan(bufferBytes + 2000)
  await followed.catchUp()
  expect(keysOf(followed.messages)).toHaveLength(300)
  expect(server.bucket(bucketName).consumers()[0]?.mostUnacknowledgedBytes).toBeLessThan(bufferBytes + 2000)
})
