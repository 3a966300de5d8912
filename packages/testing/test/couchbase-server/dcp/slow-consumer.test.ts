import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  startCouchbaseServer,
  type BucketControls,
  type CouchbaseServer,
} from '@scopes/testing/couchbase-server'
import { requestBytes } from '../golden/request-bytes.ts'
import { RawClient } from '../raw-client.ts'
import { RawConsumer } from './raw-consumer.ts'

/** Together more than the sockets of both sides take. */
const BIG = { bytes: 200_000, documents: 150 }
const SMALL = { bytes: 20_000, documents: 60 }

describe('a consumer that is slower than its producer', () => {
  let server: CouchbaseServer
  let bucket: BucketControls
  let port: number
  beforeEach(async () => {
    server = await startCouchbaseServer()
    bucket = server.createBucket({ name: 'b', vbuckets: 1 })
    port = server.ports[0] ?? 0
  })
  afterEach(() => server.close())

  const fill = async ({ bytes, documents }: typeof BIG): Promise<void> => {
    const value = Buffer.alloc(bytes, 0xc1)
    const writer = await RawClient.open(port, 'b')
    for (let at = 0; at < documents; at++) {
      await writer.ask(OPCODE.set, { key: `\0k${at}`, extras: Buffer.alloc(8), value })
    }
    await writer.end()
  }

  it('without flow control: what does not fit into the socket waits in the log, and all comes in the end', async () => {
    await fill(BIG)
    server.traffic.reset()
    const socket = connect(port, '127.0.0.1')
    socket.write(Buffer.concat(PREAMBLE))
    await bytesFrom(socket, PREAMBLE_ANSWERS)
    socket.pause()
    socket.write(requestBytes(OPCODE.dcpStreamRequest, { extras: FROM_THE_BEGINNING }))
    await atRest()
    const heldBack = TOTAL_BYTES - server.traffic.bytesSent
    // A socket takes some megabytes; the rest must not have been sent into its queue.
    expect(heldBack).toBeGreaterThan(TOTAL_BYTES / 4)
    await bytesFrom(socket, heldBack)
    await atRest()
    expect(server.traffic.bytesSent).toBeGreaterThan(TOTAL_BYTES)
    socket.destroy()
  })

  it('with flow control: never more is under way than the window and one message', async () => {
    await fill(SMALL)
    const bufferBytes = 50_000
    const reader = await RawConsumer.open(port, 'b', { control: { connection_buffer_size: String(bufferBytes) } })
    await reader.stream()
    let seen = 0
    while (seen < SMALL.documents) {
      const { opcode, length } = await reader.next()
      if (opcode === OPCODE.dcpMutation) seen++
      reader.acknowledge(length)
    }
    const most = bucket.consumers()[0]?.mostUnacknowledgedBytes ?? 0
    expect(most).toBeGreaterThanOrEqual(bufferBytes)
    expect(most).toBeLessThan(bufferBytes + SMALL.bytes + 100)
  })

  /** Resolves when the server sends nothing any more: with each round trip all sockets have had their turn. */
  async function atRest(): Promise<void> {
    const client = await RawClient.open(port, 'b')
    for (let before = -1; before !== server.traffic.bytesSent - NOOP_BYTES * ROUND_TRIPS;) {
      before = server.traffic.bytesSent
      for (let trip = 0; trip < ROUND_TRIPS; trip++) await client.ask(OPCODE.noop)
    }
    await client.end()
  }
})

const TOTAL_BYTES = BIG.documents * BIG.bytes
const NOOP_BYTES = 24
const ROUND_TRIPS = 20

const PREAMBLE: readonly Buffer[] = [
  requestBytes(OPCODE.hello, { value: Buffer.from('00070008000b', 'hex') }),
  requestBytes(OPCODE.saslAuth, { key: 'PLAIN', value: Buffer.from('\0Administrator\0password') }),
  requestBytes(OPCODE.selectBucket, { key: 'b' }),
  requestBytes(OPCODE.dcpOpen, { key: 'slow', extras: Buffer.from('0000000000000001', 'hex') }),
]

/** Bytes of the answers: headers, and the features. */
const PREAMBLE_ANSWERS = 4 * 24 + 6

const FROM_THE_BEGINNING: Buffer = Buffer.alloc(48)
FROM_THE_BEGINNING.fill(0xff, 16, 24)

async function bytesFrom(socket: Socket, count: number): Promise<void> {
  let left = count
  const counted = (chunk: Buffer): void => {
    left -= chunk.length
  }
  socket.on('data', counted)
  socket.resume()
  while (left > 0) await once(socket, 'data')
  socket.off('data', counted)
}
