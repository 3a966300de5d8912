import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  serverClock,
  startCouchbaseServer,
  STATUS,
  type CouchbaseServer,
  type ServerClock,
} from '@scopes/testing/couchbase-server'
import { RecordedClient } from './golden/recorded-client.ts'
import { requestBytes } from './golden/request-bytes.ts'
import { RawClient } from './raw-client.ts'

const KEY = '\0k'
const SET = { key: KEY, extras: Buffer.alloc(8), value: Buffer.from('1') }
const XATTR = 0x04
const ACCESS_DELETED = 0x04
const CREATE_AS_DELETED = 0x08
const REVIVE = 0x10

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One path of a lookup. */
const lookup = (opcode: number, path: string, flags = 0): Buffer =>
  Buffer.concat([Buffer.from([opcode, flags, 0, path.length]), Buffer.from(path)])

/** One path of a mutation. */
const mutation = (opcode: number, path: string, value: string, flags = 0): Buffer =>
  Buffer.concat([Buffer.from([opcode, flags, 0, path.length]), u32(value.length), Buffer.from(path + value)])

describe('what the recordings do not show', () => {
  let clock: ServerClock
  let server: CouchbaseServer
  let client: RawClient
  beforeEach(async () => {
    clock = serverClock({ startAt: Date.UTC(2026, 0, 1) })
    const users = [
      { name: 'Administrator', password: 'password' },
      { name: 'plain', password: 'p', buckets: { b: ['Read', 'Upsert'] } },
    ]
    server = await startCouchbaseServer({ clock, users, buckets: [{ name: 'b', vbuckets: 1 }] })
    client = await RawClient.open(server.ports[0] ?? 0, 'b')
  })
  afterEach(async () => {
    await client.end()
    await server.close()
  })

  const body = async (): Promise<string> => (await client.ask(OPCODE.get, { key: KEY })).value.toString()

  describe('locks', () => {
    beforeEach(async () => {
      await client.ask(OPCODE.set, SET)
    })

    it('a locked document cannot be locked, touched or deleted', async () => {
      await client.ask(OPCODE.getLocked, { key: KEY, extras: u32(10) })
      expect(await client.ask(OPCODE.getLocked, { key: KEY, extras: u32(10) })).toMatchObject({ status: STATUS.locked })
      expect(await client.ask(OPCODE.touch, { key: KEY, extras: u32(10) })).toMatchObject({ status: STATUS.locked })
      expect(await client.ask(OPCODE.getAndTouch, { key: KEY, extras: u32(9) })).toMatchObject({
        status: STATUS.locked,
      })
      expect(await client.ask(OPCODE.delete, { key: KEY })).toMatchObject({ status: STATUS.locked })
    })

    it.each([
      [0, 15],
      [10, 10],
      [30, 30],
      [31, 15],
      [0xffffffff, 15],
    ])('asked for %i s it holds %i s', async (asked, held) => {
      await client.ask(OPCODE.getLocked, { key: KEY, extras: u32(asked) })
      clock.advance(held * 1000 - 1)
      expect(await client.ask(OPCODE.set, SET)).toMatchObject({ status: STATUS.locked })
      clock.advance(1)
      expect(await client.ask(OPCODE.set, SET)).toMatchObject({ status: STATUS.success })
    })

    it.each(['restart', 'crash'] as const)('no lock survives a %s', async how => {
      await client.ask(OPCODE.getLocked, { key: KEY, extras: u32(30) })
      await server[how]()
      client = await RawClient.open(server.ports[0] ?? 0, 'b')
      expect(await client.ask(OPCODE.set, SET)).toMatchObject({ status: STATUS.success })
    })
  })

  it('a CAS is new with every write, also when no time passes', async () => {
    const answers = [
      await client.ask(OPCODE.set, SET),
      await client.ask(OPCODE.set, SET),
      await client.ask(OPCODE.set, SET),
    ]
    const all = answers.map(({ cas }) => cas)
    expect(all.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(all)
    expect(new Set(all).size).toBe(3)
  })

  it('a value over 20 MiB is refused, also one that is so big only when it is inflated', async () => {
    const limit = 20 * 1024 * 1024
    expect(await client.ask(OPCODE.set, { ...SET, value: Buffer.alloc(limit) })).toMatchObject({
      status: STATUS.success,
    })
    expect(await client.ask(OPCODE.set, { ...SET, value: Buffer.alloc(limit + 1) })).toMatchObject({
      status: STATUS.tooBig,
    })
    const snappy = await RawClient.open(server.ports[0] ?? 0, 'b', [0x0a])
    // One byte, and copies of 64 of it.
    const copies = Math.ceil(limit / 64)
    const length = copies * 64 + 1
    const head = Buffer.from([
      (length & 127) | 128,
      ((length >> 7) & 127) | 128,
      ((length >> 14) & 127) | 128,
      length >> 21,
    ])
    const block = Buffer.concat([
      head,
      Buffer.from('0061', 'hex'),
      Buffer.alloc(copies * 3, Buffer.from('fe0100', 'hex')),
    ])
    const request = requestBytes(OPCODE.set, { ...SET, value: block })
    request[5] = 2
    snappy.sendBytes(request)
    expect(await snappy.next()).toMatchObject({ status: STATUS.tooBig })
    await snappy.end()
  })

  it.each([
    ['JSON', '7b7d', 1],
    ['text that is no UTF-8, though it looks like JSON', '22ff22', 0],
    ['an object that ends too early', '7b22', 0],
    ['bytes', 'c17b7d', 0],
  ])('%s has the datatype that its bytes have', async (_, hex, datatype) => {
    await client.ask(OPCODE.set, { ...SET, value: Buffer.from(hex, 'hex') })
    const { extras } = await client.ask(OPCODE.getMeta, { key: KEY, extras: Buffer.from([2]) })
    expect(extras.at(-1)).toBe(datatype)
  })

  it.each([
    ['VATTR without XATTR', '0015'],
    ['notification without DUPLEX', '000d'],
  ])('HELLO with %s fails as a whole', async (_, features) => {
    const answer = await client.ask(OPCODE.hello, { value: Buffer.from(features, 'hex') })
    expect(answer.status).toBe(STATUS.invalid)
  })

  it('an unknown collection closes a connection that knows neither collections nor extended errors', async () => {
    const old = await RecordedClient.open(
      server.ports[0] ?? 0,
      { hello: [8], user: 'Administrator', password: 'password', select: true },
      'b',
    )
    old.send(requestBytes(OPCODE.getCollectionId, { value: Buffer.from('app.none') }))
    await old.closed()
    old.destroy()
  })

  describe('parts of a document', () => {
    it('a tombstone can be made with attributes, revived with a body, and not revived twice', async () => {
      const flags = Buffer.from([CREATE_AS_DELETED | ACCESS_DELETED | 0x01])
      const attribute = mutation(OPCODE.subdocDictUpsert, '_tx', '{"n":1}', XATTR)
      const made = await client.ask(OPCODE.subdocMultiMutation, { key: KEY, extras: flags, value: attribute })
      expect(made.status).toBe(STATUS.successDeleted)
      expect(await client.ask(OPCODE.get, { key: KEY })).toMatchObject({ status: STATUS.notFound })
      const revival = {
        key: KEY,
        extras: Buffer.from([REVIVE | ACCESS_DELETED]),
        value: Buffer.concat([mutation(OPCODE.subdocDictUpsert, '_tx', '2', XATTR), mutation(0x01, '', '{"a":1}')]),
      }
      expect(await client.ask(OPCODE.subdocMultiMutation, revival)).toMatchObject({ status: STATUS.success })
      expect(await body()).toBe('{"a":1}')
      expect(await client.ask(OPCODE.subdocMultiMutation, revival)).toMatchObject({
        status: STATUS.canOnlyReviveDeleted,
      })
    })

    it('a tombstone cannot be given a body without being revived', async () => {
      await client.ask(OPCODE.set, SET)
      await client.ask(OPCODE.delete, { key: KEY })
      const value = mutation(0x01, '', '{"a":1}')
      const answer = await client.ask(OPCODE.subdocMultiMutation, {
        key: KEY,
        extras: Buffer.from([ACCESS_DELETED]),
        value,
      })
      expect(answer.status).toBe(STATUS.deletedCannotHaveValue)
    })

    it('a document that is made by a push to its root is an array', async () => {
      const value = mutation(OPCODE.subdocArrayPushLast, '', '1,2')
      await client.ask(OPCODE.subdocMultiMutation, { key: KEY, extras: Buffer.from([0x01]), value })
      expect(await body()).toBe('[1,2]')
    })

    it('the names of all attributes are an attribute', async () => {
      await client.ask(OPCODE.set, SET)
      await client.ask(OPCODE.subdocMultiMutation, {
        key: KEY,
        value: mutation(OPCODE.subdocDictUpsert, 'tag', '1', XATTR),
      })
      const { value } = await client.ask(OPCODE.subdocMultiLookup, {
        key: KEY,
        value: lookup(OPCODE.subdocGet, '$XTOC', XATTR),
      })
      expect(value.subarray(6).toString()).toBe('["tag"]')
    })

    it('attributes of the system need a privilege of their own, to be read and to be written', async () => {
      await client.ask(OPCODE.set, SET)
      const user = { hello: [0x06, 0x07, 0x08, 0x0b, 0x12], user: 'plain', password: 'p', select: true }
      const plain = await RecordedClient.open(server.ports[0] ?? 0, user, 'b')
      const status = async (opcode: number, value: Buffer): Promise<number> => {
        plain.send(requestBytes(opcode, { key: KEY, value }))
        return (await plain.next()).readUInt16BE(6)
      }
      expect(await status(OPCODE.subdocMultiMutation, mutation(OPCODE.subdocDictUpsert, '_tx', '1', XATTR))).toBe(
        STATUS.noAccess,
      )
      expect(await status(OPCODE.subdocMultiMutation, mutation(OPCODE.subdocDictUpsert, 'tx', '1', XATTR))).toBe(
        STATUS.success,
      )
      expect(await status(OPCODE.subdocMultiLookup, lookup(OPCODE.subdocGet, '_tx', XATTR))).toBe(STATUS.noAccess)
      expect(await status(OPCODE.subdocMultiLookup, lookup(OPCODE.subdocGet, 'tx', XATTR))).toBe(STATUS.success)
      await plain.drain()
    })

    it.each([
      [
        'specs that end too early',
        OPCODE.subdocMultiLookup,
        lookup(OPCODE.subdocGet, 'abc').subarray(0, 5),
        STATUS.invalid,
      ],
      [
        'a lookup that changes',
        OPCODE.subdocMultiLookup,
        lookup(OPCODE.subdocDictUpsert, 'a'),
        STATUS.invalidCombination,
      ],
      [
        'a mutation that looks up',
        OPCODE.subdocMultiMutation,
        mutation(OPCODE.subdocGet, 'a', ''),
        STATUS.invalidCombination,
      ],
      ['a flag that nobody knows', OPCODE.subdocMultiLookup, lookup(OPCODE.subdocGet, 'a', 0x80), STATUS.invalid],
      ['a path for the whole document', OPCODE.subdocMultiLookup, lookup(0x00, 'a'), STATUS.invalid],
    ])('%s: refused as a whole', async (_, opcode, value, status) => {
      await client.ask(OPCODE.set, SET)
      expect(await client.ask(opcode, { key: KEY, value })).toMatchObject({ status })
    })
  })
})
