import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { OPCODE, startCouchbaseServer, STATUS, type CouchbaseServer } from '@scopes/testing/couchbase-server'
import { requestBytes } from './golden/request-bytes.ts'
import { RawClient } from './raw-client.ts'

/** Of the key `k`, in the default collection, in a bucket of one vbucket. */
const KEY = '\0k'
const SET = { key: KEY, extras: Buffer.alloc(8), value: Buffer.from('1') }
const UNORDERED = 0x0e

describe('faults on cue', () => {
  let server: CouchbaseServer
  let client: RawClient
  beforeEach(async () => {
    server = await startCouchbaseServer({ buckets: [{ name: 'b', vbuckets: 1 }] })
    client = await RawClient.open(server.ports[0] ?? 0, 'b')
  })
  afterEach(() => server.close())

  const body = async (): Promise<string> => {
    const other = await RawClient.open(server.ports[0] ?? 0, 'b')
    const { status, value } = await other.ask(OPCODE.get, { key: KEY })
    await other.end()
    return status === STATUS.success ? value.toString() : `status ${status}`
  }

  it('a request that is swallowed before is not executed, one after it is', async () => {
    server.faults.add({ type: 'swallow', side: 'before' }, { match: { opcode: OPCODE.set } })
    client.send(OPCODE.set, SET)
    expect(await client.ask(OPCODE.noop)).toMatchObject({ opcode: OPCODE.noop })
    expect(await body()).toBe('status 1')

    server.faults.add({ type: 'swallow', side: 'after' }, { match: { opcode: OPCODE.set } })
    client.send(OPCODE.set, SET)
    expect(await client.ask(OPCODE.noop)).toMatchObject({ opcode: OPCODE.noop })
    expect(await body()).toBe('1')
    await client.end()
  })

  it('a connection that closes before has not executed the request, one after has', async () => {
    server.faults.add({ type: 'close', side: 'before' }, { match: { opcode: OPCODE.set } })
    client.send(OPCODE.set, SET)
    await client.closed()
    expect(await body()).toBe('status 1')

    const second = await RawClient.open(server.ports[0] ?? 0, 'b')
    server.faults.add({ type: 'close', side: 'after' }, { match: { opcode: OPCODE.set } })
    second.send(OPCODE.set, SET)
    await second.closed()
    expect(await body()).toBe('1')
  })

  it('a status is answered as often as ordered, and nothing is executed meanwhile', async () => {
    const fault = server.faults.add(
      { type: 'status', status: STATUS.temporaryFailure },
      { times: 2, match: { key: 'k' } },
    )
    expect(await client.ask(OPCODE.set, SET)).toMatchObject({ status: STATUS.temporaryFailure })
    expect(await client.ask(OPCODE.get, { key: KEY })).toMatchObject({ status: STATUS.temporaryFailure })
    expect(await client.ask(OPCODE.get, { key: KEY })).toMatchObject({ status: STATUS.notFound })
    expect(fault.count).toBe(2)
    await client.end()
  })

  it('a late packet is executed when it is released, though its connection is gone', async () => {
    const late = server.faults.add({ type: 'late' }, { match: { opcode: OPCODE.add } })
    client.send(OPCODE.add, SET)
    expect(await client.ask(OPCODE.noop)).toMatchObject({ opcode: OPCODE.noop })
    await client.end()
    expect(await body()).toBe('status 1')
    expect(late.waiting).toBe(1)
    late.release()
    expect(await body()).toBe('1')
    expect(late.waiting).toBe(0)
  })

  it('a packet that comes twice is answered once and executed twice', async () => {
    const twice = server.faults.add({ type: 'duplicate' }, { match: { opcode: OPCODE.append } })
    await client.ask(OPCODE.set, SET)
    expect(await client.ask(OPCODE.append, { key: KEY, value: Buffer.from('2') })).toMatchObject({
      status: STATUS.success,
    })
    expect(await body()).toBe('12')
    twice.release()
    expect(await body()).toBe('122')
    await client.end()
  })

  it('a removed fault happens no more, and what waited is never executed', async () => {
    const late = server.faults.add({ type: 'late' }, { match: { opcode: OPCODE.add }, times: 2 })
    client.send(OPCODE.add, SET)
    await client.ask(OPCODE.noop)
    late.remove()
    late.release()
    expect(await body()).toBe('status 1')
    expect(await client.ask(OPCODE.add, SET)).toMatchObject({ status: STATUS.success })
    await client.end()
  })

  it('answers wait for a delayed one before them', async () => {
    server.faults.add({ type: 'delay', ms: 20, side: 'before' }, { match: { opcode: OPCODE.set } })
    client.send(OPCODE.set, SET)
    client.send(OPCODE.get, { key: KEY })
    expect(await client.next()).toMatchObject({ opcode: OPCODE.set, status: STATUS.success })
    expect(await client.next()).toMatchObject({ opcode: OPCODE.get, status: STATUS.success })
    await client.end()
  })

  it('but not those of a session that agreed to be answered out of order', async () => {
    const unordered = await RawClient.open(server.ports[0] ?? 0, 'b', [UNORDERED])
    server.faults.add({ type: 'delay', ms: 20, side: 'after' }, { match: { opcode: OPCODE.set } })
    // Both at once, so that the first cannot be answered before the second has come.
    unordered.sendBytes(Buffer.concat([requestBytes(OPCODE.set, SET), requestBytes(OPCODE.get, { key: KEY })]))
    // Executed at once, though its answer is late.
    expect(await unordered.next()).toMatchObject({ opcode: OPCODE.get, status: STATUS.success })
    expect(await unordered.next()).toMatchObject({ opcode: OPCODE.set, status: STATUS.success })
    await unordered.end()
    await client.end()
  })

  it('answers that are written byte by byte are the same answers', async () => {
    await client.ask(OPCODE.set, SET)
    server.faults.splitWrites(true)
    for (let round = 0; round < 3; round++) client.send(OPCODE.get, { key: KEY, opaque: round })
    for (let round = 0; round < 3; round++) {
      const answer = await client.next()
      expect(answer).toMatchObject({ status: STATUS.success, opaque: round })
      expect(answer.value.toString()).toBe('1')
    }
    await client.end()
  })

  it('requests that come byte by byte are understood', async () => {
    const bytes = Buffer.from('800a00000000000000000000000000070000000000000000', 'hex')
    for (const byte of bytes) client.sendBytes(Buffer.from([byte]))
    expect(await client.next()).toMatchObject({ opcode: OPCODE.noop, opaque: 7 })
    await client.end()
  })

  it('the same seed gives the same chances', async () => {
    const statuses = async (): Promise<readonly number[]> => {
      await using seeded = await startCouchbaseServer({ seed: 7, buckets: [{ name: 'b', vbuckets: 1 }] })
      seeded.faults.add(
        { type: 'status', status: STATUS.temporaryFailure },
        { chance: 0.5, match: { opcode: OPCODE.noop } },
      )
      const one = await RawClient.open(seeded.ports[0] ?? 0, 'b')
      const found: number[] = []
      for (let round = 0; round < 20; round++) found.push((await one.ask(OPCODE.noop)).status)
      await one.end()
      return found
    }
    const first = await statuses()
    expect(new Set(first)).toEqual(new Set([STATUS.success, STATUS.temporaryFailure]))
    expect(first.filter(status => status !== STATUS.success).length).toBeGreaterThan(1)
    expect(await statuses()).toEqual(first)
    await client.end()
  })

  it('a fault meets only the bucket and the node that it names', async () => {
    server.createBucket({ name: 'other' })
    server.faults.add({ type: 'status', status: STATUS.temporaryFailure }, { match: { bucket: 'other' } })
    server.faults.add({ type: 'status', status: STATUS.temporaryFailure }, { match: { node: 1 } })
    expect(await client.ask(OPCODE.noop)).toMatchObject({ status: STATUS.success })
    const other = await RawClient.open(server.ports[0] ?? 0, 'other')
    expect(await other.ask(OPCODE.noop)).toMatchObject({ status: STATUS.temporaryFailure })
    expect(await other.ask(OPCODE.noop)).toMatchObject({ status: STATUS.success })
    await other.end()
    await client.end()
  })

  it('after clearing none happens', async () => {
    server.faults.add({ type: 'status', status: STATUS.temporaryFailure })
    server.faults.splitWrites(true)
    server.faults.clear()
    expect(await client.ask(OPCODE.noop)).toMatchObject({ status: STATUS.success })
    await client.end()
  })

  it('requests and bytes are counted', async () => {
    server.traffic.reset()
    await client.ask(OPCODE.set, SET)
    expect(server.traffic.requests.get(OPCODE.set)).toBe(1)
    expect(server.traffic.bytesReceived).toBe(24 + 8 + 2 + 1)
    expect(server.traffic.bytesSent).toBe(24 + 16)
    await client.end()
  })
})
