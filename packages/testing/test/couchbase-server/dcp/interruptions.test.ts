import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  startCouchbaseServer,
  STATUS,
  type BucketControls,
  type CouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { RawClient } from '../raw-client.ts'
import { RawConsumer, type Came } from './raw-consumer.ts'

const KEYS = ['a', 'b', 'c', 'd']

describe('interruptions of a connection for changes', () => {
  let server: CouchbaseServer
  let bucket: BucketControls
  let port: number
  beforeEach(async () => {
    server = await startCouchbaseServer({ nodes: 2 })
    bucket = server.createBucket({ name: 'b', vbuckets: 1 })
    port = server.ports[0] ?? 0
    const writer = await RawClient.open(port, 'b')
    for (const key of KEYS) {
      await writer.ask(OPCODE.set, { key: `\0${key}`, extras: Buffer.alloc(8), value: Buffer.from(key) })
    }
    await writer.end()
  })
  afterEach(() => server.close())

  /** Reads until the connection closes. */
  const untilClosed = async (reader: RawConsumer): Promise<readonly Came[]> => {
    await reader.closed()
    return reader.taken()
  }

  it('a cut at any message loses only what comes after it, and the rest is there from the position before', async () => {
    const { uuid } = bucket.seqnos(0)
    for (let after = 0; after <= KEYS.length; after++) {
      server.faults.interrupt({ type: 'cut' }, { after })
      const reader = await RawConsumer.open(port, 'b')
      await reader.stream()
      const came = await untilClosed(reader)
      expect(came).toHaveLength(after)
      const seqno = came.at(-1)?.opcode === OPCODE.dcpMutation ? (came.at(-1)?.seqno ?? 0n) : 0n
      const again = await RawConsumer.open(port, 'b')
      const position = seqno === 0n ? {} : { seqno, uuid, snapshotStart: 0n, snapshotEnd: 4n }
      expect(await again.stream(position)).toMatchObject({ status: STATUS.success })
      const rest = await again.take(KEYS.length - Number(seqno) + 1)
      const items = [...came, ...rest].filter(({ opcode }) => opcode === OPCODE.dcpMutation)
      expect(items.map(({ key }) => key.slice(1))).toEqual(KEYS)
      again.destroy()
    }
  })

  it('a cut inside a message lets exactly so many of its bytes through', async () => {
    const [marker, first] = await whole()
    for (let bytes = 0; bytes < (first?.length ?? 0); bytes += 5) {
      server.faults.interrupt({ type: 'cut', bytes }, { match: { opcode: OPCODE.dcpMutation } })
      const reader = await RawConsumer.open(port, 'b')
      await reader.stream()
      const came = await untilClosed(reader)
      expect(came).toEqual([marker])
      expect(reader.rest).toHaveLength(bytes)
    }
  })

  it('a connection that is frozen stays open and silent, answers too, and goes on when it thaws', async () => {
    const frozen = server.faults.interrupt({ type: 'freeze' }, { after: 2 })
    const reader = await RawConsumer.open(port, 'b')
    await reader.stream()
    expect(await reader.take(2)).toHaveLength(2)
    expect(frozen).toMatchObject({ count: 1, waiting: 1 })
    reader.send(OPCODE.noop, { opaque: 7 })
    await roundTrip(1)
    expect(reader.taken()).toEqual([])
    frozen.release()
    const rest = await reader.take(4)
    expect(rest.map(({ opcode }) => opcode)).toEqual([0x57, 0x57, 0x57, 0x0a])
    expect(rest.slice(0, 3).map(({ key }) => key.slice(1))).toEqual(['b', 'c', 'd'])
  })

  it('a node that is frozen answers nobody, on new connections too, and all when it thaws', async () => {
    const reader = await RawConsumer.open(port, 'b')
    await reader.stream()
    await reader.take(5)
    server.freeze(0)
    reader.send(OPCODE.noop)
    const late = RawConsumer.open(port, 'b', { name: 'late' })
    await roundTrip(1)
    await roundTrip(1)
    expect(reader.taken()).toEqual([])
    expect(bucket.consumers().map(({ name }) => name)).toEqual(['consumer'])
    server.thaw(0)
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.noop })
    await late
    server.freeze()
    server.thaw()
    await roundTrip(0)
  })

  it('messages whose bytes come one by one are the same', async () => {
    const expected = await whole()
    server.faults.splitWrites(true)
    expect(await whole()).toEqual(expected)
  })

  it('an interruption meets only what it matches, and no more when the faults are cleared', async () => {
    server.faults.interrupt({ type: 'cut' }, { match: { bucket: 'other' } })
    server.faults.interrupt({ type: 'cut' }, { match: { vbucket: 5 } })
    server.faults.interrupt({ type: 'cut' }, { match: { node: 1 } })
    server.faults.interrupt({ type: 'cut' }, { match: { opcode: OPCODE.dcpDeletion } })
    expect(await whole()).toHaveLength(5)
    server.faults.interrupt({ type: 'cut' }, { times: 2 })
    server.faults.clear()
    expect(await whole()).toHaveLength(5)
  })

  async function whole(): Promise<readonly Came[]> {
    const reader = await RawConsumer.open(port, 'b', { name: 'whole' })
    await reader.stream()
    const came = await reader.take(1 + KEYS.length)
    reader.destroy()
    return came
  }

  /** What was sent before has come by then. */
  async function roundTrip(node: number): Promise<void> {
    const client = await RawClient.open(server.ports[node] ?? 0, 'b')
    await client.end()
  }
})
