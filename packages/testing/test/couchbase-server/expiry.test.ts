import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  serverClock,
  startCouchbaseServer,
  STATUS,
  type BucketControls,
  type CouchbaseServer,
  type ServerClock,
} from '@scopes/testing/couchbase-server'
import { RawClient } from './raw-client.ts'

describe('expiry under a clock that moves by hand', () => {
  let clock: ServerClock
  let server: CouchbaseServer
  let bucket: BucketControls
  let client: RawClient
  beforeEach(async () => {
    clock = serverClock({ startAt: Date.UTC(2026, 0, 1) })
    server = await startCouchbaseServer({ clock })
    bucket = server.createBucket({ name: 'b', vbuckets: 1 })
    client = await RawClient.open(server.ports[0] ?? 0, 'b')
  })
  afterEach(async () => {
    await client.end()
    await server.close()
  })

  const set = (expiry: number) => {
    const extras = Buffer.alloc(8)
    extras.writeUInt32BE(expiry, 4)
    return client.ask(OPCODE.set, { key: '\0k', extras, value: Buffer.from('1') })
  }
  const get = async () => (await client.ask(OPCODE.get, { key: '\0k' })).status

  it('a document is there in its last second and gone in the next', async () => {
    await set(10)
    clock.advance(10_999)
    expect(await get()).toBe(STATUS.success)
    clock.advance(1)
    expect(await get()).toBe(STATUS.notFound)
  })

  it('90 days are kept to the second', async () => {
    const days90 = 90 * 86_400
    await set(clock.nowSeconds() + days90)
    clock.advance((days90 + 1) * 1000 - 1)
    expect(await get()).toBe(STATUS.success)
    clock.advance(1)
    expect(await get()).toBe(STATUS.notFound)
  })

  it('nothing happens at the end by itself; the access takes a seqno', async () => {
    await set(1)
    clock.advance(5000)
    expect(bucket.seqnos(0).high).toBe(1n)
    await get()
    expect(bucket.seqnos(0).high).toBe(2n)
  })

  it('the pager expires without an access: by hand, and each time its interval has passed', async () => {
    await set(1)
    clock.advance(5000)
    bucket.runExpiryPager()
    expect(bucket.seqnos(0).high).toBe(2n)

    await set(1)
    bucket.setExpiryPagerInterval(600)
    clock.advance(599_000)
    expect(bucket.seqnos(0).high).toBe(3n)
    clock.advance(1000)
    expect(bucket.seqnos(0).high).toBe(4n)

    await set(1)
    bucket.setExpiryPagerInterval(0)
    clock.advance(10_000_000)
    expect(bucket.seqnos(0).high).toBe(5n)
  })

  it('the pager leaves a vbucket alone that is not active', async () => {
    await set(1)
    clock.advance(5000)
    bucket.setVbucketState(0, 'replica')
    bucket.runExpiryPager()
    expect(bucket.seqnos(0).high).toBe(1n)
  })

  it('compaction expires too, and drops the tombstones that are on disk', async () => {
    await set(1)
    clock.advance(5000)
    bucket.compact(0)
    expect(bucket.seqnos(0).high).toBe(2n)
    expect((await client.ask(OPCODE.getMeta, { key: '\0k' })).status).toBe(STATUS.success)
    bucket.compact(0, { dropDeletes: true })
    expect((await client.ask(OPCODE.getMeta, { key: '\0k' })).status).toBe(STATUS.notFound)
  })

  it('a document never lives longer than its bucket allows', async () => {
    server.createBucket({ name: 'short', vbuckets: 1, maxTtl: 60 })
    const other = await RawClient.open(server.ports[0] ?? 0, 'short')
    await other.ask(OPCODE.set, { key: '\0k', extras: Buffer.alloc(8), value: Buffer.from('1') })
    clock.advance(61_000)
    expect((await other.ask(OPCODE.get, { key: '\0k' })).status).toBe(STATUS.notFound)
    await other.end()
  })
})
