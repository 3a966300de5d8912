import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  startCouchbaseServer,
  STATUS,
  type BucketControls,
  type CouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { RawClient } from '../raw-client.ts'
import { RawConsumer } from './raw-consumer.ts'

describe('streams in a cluster of several nodes', () => {
  let server: CouchbaseServer
  let bucket: BucketControls
  beforeEach(async () => {
    server = await startCouchbaseServer({ nodes: 3 })
    bucket = server.createBucket({ name: 'b', vbuckets: 3 })
  })
  afterEach(() => server.close())

  const at = (node: number): Promise<RawConsumer> => RawConsumer.open(server.ports[node] ?? 0, 'b')

  const set = async (node: number, key: string): Promise<void> => {
    const writer = await RawClient.open(server.ports[node] ?? 0, 'b')
    const wish = { key: `\0${key}`, vbucket: 0, extras: Buffer.alloc(8), value: Buffer.from('1') }
    expect((await writer.ask(OPCODE.set, wish)).status).toBe(STATUS.success)
    await writer.end()
  }

  const keysOf = (items: readonly { readonly key: string }[]) => items.map(({ key }) => key.slice(1))

  it('a vbucket that moves ends its stream, and goes on at its new node where it was', async () => {
    const old = await at(0)
    await old.stream()
    await set(0, 'a')
    await old.take(2)
    bucket.moveVbucket(0, 1)
    expect(await old.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2, opaque: 1 })
    expect(await old.stream({ seqno: 1n, uuid: bucket.seqnos(0).uuid })).toMatchObject({ status: STATUS.notMyVbucket })
    await set(1, 'b')
    const next = await at(1)
    expect(await next.stream({ seqno: 1n, uuid: bucket.seqnos(0).uuid })).toMatchObject({ status: STATUS.success })
    expect(keysOf(await next.take(2))).toEqual(['', 'b'])
  })

  it('what waits for a consumer is dropped when its vbucket moves; only the end is told', async () => {
    const old = await RawConsumer.open(server.ports[0] ?? 0, 'b', { control: { connection_buffer_size: '1' } })
    await old.stream()
    await set(0, 'a')
    await old.next()
    bucket.moveVbucket(0, 2)
    old.acknowledge(1000)
    expect(await old.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2 })
  })

  it('a node that is not the master of a vbucket streams nothing of it', async () => {
    const other = await at(1)
    const refused = await other.stream({ vbucket: 0 })
    expect(refused.status).toBe(STATUS.notMyVbucket)
    expect(JSON.parse(refused.value.toString())).toHaveProperty('vBucketServerMap')
    expect(await other.stream({ vbucket: 3 })).toMatchObject({ status: STATUS.notMyVbucket })
  })

  it('a failover that lost writes sends the consumer back to the last that is shared', async () => {
    const reader = await at(0)
    await reader.stream()
    await set(0, 'kept')
    bucket.stopPersistence()
    await set(0, 'lost')
    await reader.take(4)
    const { uuid } = bucket.seqnos(0)
    bucket.failover(0, { node: 1 })
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2 })
    await set(1, 'other')
    const next = await at(1)
    const refused = await next.stream({ seqno: 2n, uuid })
    expect(refused.status).toBe(STATUS.rollback)
    expect(refused.value.readBigUInt64BE()).toBe(1n)
    const opened = await next.stream({ seqno: 1n, uuid })
    expect(opened.value.readBigUInt64BE()).toBe(bucket.seqnos(0).uuid)
    expect(opened.value.readBigUInt64BE(16)).toBe(uuid)
    expect(keysOf(await next.take(2))).toEqual(['', 'other'])
  })

  it('a failover that lost nothing has a new uuid, and the old position is good', async () => {
    await set(0, 'a')
    const { uuid } = bucket.seqnos(0)
    const before = await at(0)
    await before.stream()
    await before.take(2)
    bucket.failover(0)
    expect(await before.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2 })
    expect(bucket.seqnos(0).uuid).not.toBe(uuid)
    const reader = await at(0)
    expect(await reader.stream({ seqno: 1n, uuid })).toMatchObject({ status: STATUS.success })
  })

  it('a bucket that was flushed knows no old position, and ends the streams that were open', async () => {
    const reader = await at(0)
    await reader.stream()
    await set(0, 'a')
    await reader.take(2)
    const { uuid } = bucket.seqnos(0)
    bucket.flush()
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2 })
    const refused = await reader.stream({ seqno: 1n, uuid })
    expect(refused.status).toBe(STATUS.rollback)
    expect(refused.value.readBigUInt64BE()).toBe(0n)
    expect(bucket.seqnos(0)).toMatchObject({ high: 0n })
  })

  it('a bucket that is made anew under its name knows no old position', async () => {
    await set(0, 'a')
    const { uuid } = bucket.seqnos(0)
    await server.deleteBucket('b')
    bucket = server.createBucket({ name: 'b', vbuckets: 3 })
    await set(0, 'b')
    const reader = await at(0)
    expect(await reader.stream({ seqno: 1n, uuid })).toMatchObject({ status: STATUS.rollback })
  })

  it('a restart closes the connections and keeps history; a crash begins a new one', async () => {
    const reader = await at(0)
    await reader.stream()
    await set(0, 'a')
    const { uuid } = bucket.seqnos(0)
    await server.restart()
    await reader.closed()
    expect(bucket.seqnos(0)).toMatchObject({ high: 1n, uuid })
    bucket.stopPersistence()
    await set(0, 'b')
    await server.crash()
    expect(bucket.seqnos(0).high).toBe(1n)
    expect(bucket.seqnos(0).uuid).not.toBe(uuid)
    const again = await at(0)
    expect((await again.stream({ seqno: 2n, uuid })).value.readBigUInt64BE()).toBe(1n)
  })

  it('a consumer is known by its name at each node, until its connection is gone', async () => {
    const first = await at(0)
    const second = await at(1)
    await first.stream()
    expect(bucket.consumers()).toMatchObject([
      { name: 'consumer', node: 0, streams: 1 },
      { name: 'consumer', node: 1, streams: 0 },
    ])
    await at(0)
    await first.closed()
    expect(bucket.consumers()).toHaveLength(2)
    await server.disconnectAll()
    expect(bucket.consumers()).toEqual([])
    await second.closed()
  })
})
