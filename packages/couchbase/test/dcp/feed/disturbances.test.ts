import type { MutationResult, StoreToken } from '@scopes/core'
import { type CouchbaseServer, OPCODE, STATUS } from '@scopes/testing/couchbase-server'
import { describe, expect, test, vi } from 'vitest'

import type { CouchbaseStore } from '../../../src/couchbase-store.ts'
import { bucketName } from '../../server-place.ts'
import { type Followed, feedOf, follow, keysOf, partitionsOf, serverFor, storeOn } from './followed.ts'

const bytes = Uint8Array.of(1)
const keys = Array.from({ length: 12 }, (_, index) => `session:shop:${index}`)
const later = keys.map(key => `${key}-later`)

/** Each of them, which are written though the server has been away. */
async function writeAll(store: CouchbaseStore, names: readonly string[]): Promise<readonly StoreToken[]> {
  const write = (key: string): Promise<StoreToken> =>
    vi.waitFor(
      async () => {
        const written = await store.insert(key, bytes).catch(() => undefined)
        const document = written?.type === 'done' ? written : await store.load(key)
        if (document === undefined) throw new Error('not written')
        return document.token
      },
      { timeout: 20_000 },
    )
  return Promise.all(names.map(write))
}

/** That all of them are told, once each, and that nothing was taken back. */
async function expectWhole(followed: Followed, names: readonly string[]): Promise<void> {
  const missing = new Set(names)
  await followed.until(message => {
    if (message.type === 'document') missing.delete(message.key)
    return missing.size === 0
  })
  expect(keysOf(followed.messages).toSorted()).toEqual([...names].sort())
  expect(partitionsOf(followed.messages, 'rolled-back')).toEqual([])
}

describe('what is written before and after is told, once, and nothing is taken back, when', () => {
  test('all connections are lost', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    const followed = follow(store)
    await followed.next()
    await writeAll(store, keys)
    await server.disconnectAll()
    await writeAll(store, later)
    await expectWhole(followed, [...keys, ...later])
  })

  test('the server is restarted', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    const followed = follow(store)
    await followed.next()
    await writeAll(store, keys)
    await server.restart()
    await writeAll(store, later)
    await expectWhole(followed, [...keys, ...later])
  })

  test('one node of two is away for a while, and what the other has is told meanwhile', async () => {
    const server = await serverFor({ nodes: 2 })
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    const told = new Set(keysOf(await followed.until(() => keysOf(followed.messages).length === keys.length)))
    expect(told.size).toBe(keys.length)
    await server.goDown(1)
    const [alive = ''] = keys.filter(key => partitionOf(followed, key) % 2 === 0)
    const document = await store.load(alive)
    await store.append(alive, bytes, document?.token ?? (0n as StoreToken))
    await followed.until(message => message.type === 'document' && message.key === alive)
    await server.comeUp(1)
    await writeAll(store, later)
    followed.messages.splice(0)
    await expectWhole(followed, later)
  })

  test('vbuckets move to other nodes, also while nobody is told of it', async () => {
    const server = await serverFor({ nodes: 3 })
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    for (const vbucket of [0, 1, 2, 3]) server.bucket(bucketName).moveVbucket(vbucket, (vbucket + 1) % 3)
    await writeAll(store, later)
    await expectWhole(followed, [...keys, ...later])
    const consumers = server.bucket(bucketName).consumers()
    expect(consumers.reduce((sum, { streams }) => sum + streams, 0)).toBe(4)
  })

  test('a vbucket moves away from a node that hangs, and has others too, so that its connection stays', async () => {
    const server = await serverFor({ nodes: 2 })
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await expectWhole(followed, keys)
    const [moved = ''] = keys.filter(key => partitionOf(followed, key) === 1)
    const before = await store.load(moved)
    server.freeze(1)
    server.bucket(bucketName).moveVbucket(1, 0)
    // What was sent before the SDK knew of the move is never answered.
    const append = (): Promise<MutationResult> => store.append(moved, bytes, before?.token ?? (0n as StoreToken))
    expect(await vi.waitFor(append, { timeout: 30_000 })).toMatchObject({ type: 'done' })
    await followed.until(message => message.type === 'document' && message.key === moved)
    server.thaw(1)
  })

  test('streams are refused for the moment', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    for (const status of [STATUS.temporaryFailure, STATUS.notMyVbucket]) {
      server.faults.add({ type: 'status', status }, { match: { opcode: OPCODE.dcpStreamRequest }, times: 3 })
    }
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await expectWhole(followed, keys)
  })

  test('a question is not answered because the connection closes', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    for (const opcode of [OPCODE.getAllVbucketSeqnos, OPCODE.dcpGetFailoverLog, OPCODE.dcpOpen, OPCODE.dcpControl]) {
      server.faults.add({ type: 'close', side: 'after' }, { match: { opcode } })
    }
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await expectWhole(followed, keys)
  })
})

function partitionOf({ messages }: Followed, key: string): number {
  return messages.find(message => message.type === 'document' && message.key === key)?.partition ?? -1
}

describe('what was told and is taken back is told as rolled back, and then all that is left', () => {
  test('a failover that loses writes: of its vbucket alone', async () => {
    const server = await serverFor({ nodes: 2 })
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await followed.catchUp()
    const bucket = server.bucket(bucketName)
    bucket.stopPersistence()
    await writeAll(store, later)
    await followed.catchUp()
    const lost = later.find(key => partitionOf(followed, key) === 1)
    followed.messages.splice(0)
    bucket.failover(1)
    await followed.until(message => message.type === 'rolled-back')
    await followed.catchUp()
    expect(partitionsOf(followed.messages, 'rolled-back')).toEqual([1])
    expect(await store.load(lost ?? '')).toBeUndefined()
  })

  test('a crash of all: whoever was away is told too, by his token', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await followed.catchUp()
    const since = followed.messages.at(-1)?.feedToken
    await server.crash()
    await followed.until(() => partitionsOf(followed.messages, 'rolled-back').length === 4)
    const resumed = follow(storeOn(server), { since })
    await resumed.catchUp()
    expect(partitionsOf(resumed.messages, 'rolled-back')).toEqual([0, 1, 2, 3])
  })

  test('a flush', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    const followed = follow(store)
    await followed.catchUp()
    await writeAll(store, keys)
    await followed.catchUp()
    const since = followed.messages.at(-1)?.feedToken
    followed.messages.splice(0)
    server.bucket(bucketName).flush()
    await followed.until(() => partitionsOf(followed.messages, 'rolled-back').length === 4)
    await writeAll(store, later)
    const resumed = follow(storeOn(server), { since })
    for (const reader of [followed, resumed]) {
      await reader.catchUp()
      expect(partitionsOf(reader.messages, 'rolled-back')).toEqual([0, 1, 2, 3])
      expect(new Set(keysOf(reader.messages))).toEqual(new Set(later))
    }
  })

  test('a bucket that was deleted and made again', async () => {
    const server = await serverFor()
    const store = storeOn(server)
    const followed = follow(store)
    await writeAll(store, keys)
    await followed.catchUp()
    const since = followed.messages.at(-1)?.feedToken
    await store.close()
    await server.deleteBucket(bucketName)
    server.createBucket({ name: bucketName, vbuckets: 4 })
    const resumed = follow(storeOn(server), { since })
    await resumed.catchUp()
    expect(resumed.messages.slice(0, 4).every(({ type }) => type !== 'document')).toBe(true)
    expect(partitionsOf(resumed.messages, 'rolled-back')).toEqual([0, 1, 2, 3])
    expect(keysOf(resumed.messages)).toEqual([])
  })

  test('a bucket with another number of vbuckets', async () => {
    const [server, other] = [await serverFor({ vbuckets: 2 }), await serverFor({ vbuckets: 4 })]
    const followed = follow(storeOn(server))
    const { feedToken: since } = await followed.next()
    const resumed = follow(storeOn(other), { since })
    await resumed.catchUp()
    expect(partitionsOf(resumed.messages, 'rolled-back')).toEqual([0, 1, 2, 3])
  })
})

describe('a durable write that was given up is the last of its vbucket, which has caught up all the same,', () => {
  async function withAborted(): Promise<{ readonly server: CouchbaseServer; readonly store: CouchbaseStore }> {
    const server = await serverFor({ vbuckets: 1 })
    const store = storeOn(server)
    await writeAll(store, keys)
    return { server, store }
  }

  test('while it is followed, and by the token of that', async () => {
    const { server, store } = await withAborted()
    const followed = follow(store)
    await followed.catchUp()
    server.bucket(bucketName).abortWrite(0)
    const told = await followed.catchUp()
    expect(keysOf(told)).toEqual([])
    const resumed = follow(storeOn(server), { since: told.at(-1)?.feedToken })
    await resumed.catchUp()
    expect(new Set(resumed.messages.map(({ type }) => type))).toEqual(new Set(['caught-up']))
    await writeAll(store, later)
    await followed.until(() => keysOf(followed.messages).length === later.length)
  })

  test.each([false, true])('from the beginning, on disk: %s', async isOnDisk => {
    const { server } = await withAborted()
    server.bucket(bucketName).abortWrite(0)
    if (isOnDisk) server.bucket(bucketName).settle(0)
    const followed = follow(storeOn(server), { since: 'beginning' })
    await followed.catchUp()
    expect(keysOf(followed.messages).toSorted()).toEqual(keys.toSorted())
  })

  test('from behind all documents', async () => {
    const { server, store } = await withAborted()
    const before = follow(store)
    const [message] = await before.catchUp()
    server.bucket(bucketName).abortWrite(0)
    await follow(storeOn(server), { since: message?.feedToken }).catchUp()
  })
})

test('removals that were purged are told as lost, with all that is left', async () => {
  const server = await serverFor({ vbuckets: 1 })
  const store = storeOn(server)
  const followed = follow(store)
  const [token = 0n as StoreToken] = await writeAll(store, keys)
  await followed.catchUp()
  const since = followed.messages.at(-1)?.feedToken
  await store.remove(keys[0] ?? '', token)
  await writeAll(store, later)
  server.bucket(bucketName).settle(0)
  server.bucket(bucketName).compact(0, { dropDeletes: true })
  const resumed = follow(storeOn(server), { since })
  const told = await resumed.catchUp()
  expect(told[0]?.type).toBe('lost')
  expect(new Set(keysOf(told))).toEqual(new Set([...keys.slice(1), ...later]))
  expect(feedOf(store).partitions).toBe(1)
})
