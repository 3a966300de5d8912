import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  startCouchbaseServer,
  STATUS,
  type BucketControls,
  type CouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { requestBytes } from '../golden/request-bytes.ts'
import { RawClient } from '../raw-client.ts'
import { RawConsumer } from './raw-consumer.ts'

const NO_FLAGS = Buffer.alloc(8)

describe('the stream of one vbucket', () => {
  let server: CouchbaseServer
  let bucket: BucketControls
  let writer: RawClient
  beforeEach(async () => {
    server = await startCouchbaseServer()
    bucket = server.createBucket({ name: 'b', vbuckets: 4 })
    writer = await RawClient.open(server.ports[0] ?? 0, 'b')
  })
  afterEach(() => server.close())

  const consumer = (control?: Readonly<Record<string, string>>): Promise<RawConsumer> =>
    RawConsumer.open(server.ports[0] ?? 0, 'b', control && { control })

  const set = (key: string, value: string, vbucket = 0) =>
    writer.ask(OPCODE.set, { key: `\0${key}`, vbucket, extras: NO_FLAGS, value: Buffer.from(value) })

  const setAtOnce = async (keys: readonly string[]): Promise<void> => {
    writer.sendBytes(
      Buffer.concat(keys.map(key => requestBytes(OPCODE.set, { key: `\0${key}`, extras: NO_FLAGS, value: VALUE }))),
    )
    for (const _ of keys) expect((await writer.next()).status).toBe(STATUS.success)
  }

  it('writes that arrive together leave as one snapshot', async () => {
    const reader = await consumer()
    await reader.stream()
    await setAtOnce(['k', 'j', 'k'])
    const [marker, ...items] = await reader.take(3)
    expect(marker).toMatchObject({ opcode: OPCODE.dcpSnapshotMarker, startSeqno: 0n, seqno: 3n })
    expect(items.map(({ key, seqno }) => [key, seqno])).toEqual([
      ['\0j', 2n],
      ['\0k', 3n],
    ])
  })

  it('what is written while a snapshot is held up waits for the next, of each document the last version', async () => {
    const reader = await consumer({ connection_buffer_size: '1' })
    await setAtOnce(['a', 'b'])
    await reader.stream()
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.dcpSnapshotMarker, seqno: 2n })
    await set('a', '1')
    await set('c', '2')
    await set('c', '3')
    const seen: unknown[] = []
    for (let at = 0; at < 5; at++) {
      expect(reader.taken()).toEqual([])
      reader.acknowledge(1_000_000)
      const { opcode, key, seqno } = await reader.next()
      seen.push(opcode === OPCODE.dcpSnapshotMarker ? `up to ${seqno}` : `${key.slice(1)} ${seqno}`)
    }
    expect(seen).toEqual(['a 1', 'b 2', 'up to 5', 'a 3', 'c 5'])
  })

  it('two streams that both have much to send take turns at the ends of snapshots', async () => {
    const reader = await consumer({ connection_buffer_size: '1' })
    await reader.stream({ vbucket: 0 })
    await reader.stream({ vbucket: 1 })
    await set('k', '1', 0)
    await reader.next()
    const order: number[] = []
    for (let at = 0; at < 7; at++) {
      await set('k', String(at), 0)
      await set('k', String(at), 1)
      reader.acknowledge(1_000_000)
      order.push((await reader.next()).vbucket)
    }
    expect(order).toEqual([0, 1, 1, 0, 0, 1, 1])
  })

  it('a stream from disk has what was on disk when it was opened, and memory gives the rest', async () => {
    await set('a', '1')
    await set('b', '1')
    bucket.settle(0)
    bucket.stopPersistence()
    await set('a', '2')
    const reader = await consumer()
    await reader.stream()
    const seen = (await reader.take(5)).map(({ opcode, key, seqno, startSeqno }) =>
      opcode === OPCODE.dcpSnapshotMarker ? `${startSeqno} to ${seqno}` : `${key.slice(1)} ${seqno}`,
    )
    expect(seen).toEqual(['0 to 2', 'a 1', 'b 2', '3 to 3', 'a 3'])
  })

  it('only the log above the position is sent again, from memory and from disk', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await set(key, '1')
    const { uuid } = bucket.seqnos(0)
    for (const place of ['memory', 'disk']) {
      if (place === 'disk') bucket.settle(0)
      const reader = await consumer()
      await reader.stream({ seqno: 2n, uuid, snapshotStart: 0n, snapshotEnd: 4n })
      expect(
        (await reader.take(3)).map(({ seqno }) => seqno),
        place,
      ).toEqual([4n, 3n, 4n])
      reader.destroy()
    }
  })

  it('the documents of a scope come, also of a collection that is made later, until the scope is dropped', async () => {
    const defaults = { name: '_default', uid: '0', collections: [{ name: '_default', uid: '0' }] }
    const scope = (...ids: readonly string[]) => ({
      name: 's',
      uid: '8',
      collections: ids.map(uid => ({ name: `c${uid}`, uid })),
    })
    bucket.setManifest({ uid: '1', scopes: [defaults, scope('8')] })
    const reader = await consumer()
    expect(await reader.stream({ filter: { scope: '8' } })).toMatchObject({ status: STATUS.success })
    await reader.take(3)
    bucket.setManifest({ uid: '2', scopes: [defaults, scope('8', '9')] })
    await writer.ask(OPCODE.set, { key: '\x09k', extras: NO_FLAGS, value: VALUE })
    await set('k', '1')
    await writer.ask(OPCODE.set, { key: '\x08k', extras: NO_FLAGS, value: VALUE })
    const items = (await reader.take(6)).filter(({ opcode }) => opcode !== OPCODE.dcpSnapshotMarker)
    expect(items.map(({ key }) => key)).toEqual(['c9', '\x09k', '\x08k'])
    bucket.setManifest({ uid: '3', scopes: [defaults] })
    const rest = (await reader.take(5)).filter(({ opcode }) => opcode !== OPCODE.dcpSnapshotMarker)
    expect(rest.map(({ opcode, reason }) => [opcode, reason])).toEqual([
      [OPCODE.dcpSystemEvent, 0],
      [OPCODE.dcpSystemEvent, 0],
      [OPCODE.dcpSystemEvent, 0],
      [OPCODE.dcpStreamEnd, 7],
    ])
  })
})

const VALUE: Buffer = Buffer.from('1')
