import { manualClock } from '@scopes/testing'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'

import { encodeGetClusterConfig } from '../../../src/dcp/codec/cluster-config.ts'
import type { Frame } from '../../../src/dcp/codec/frame.ts'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import type { ConnectionError } from '../../../src/dcp/connection/connection-error.ts'
import { NodeConnection } from '../../../src/dcp/connection/node-connection.ts'
import type { NodeAddress } from '../../../src/dcp/connection/security.ts'
import { type ScriptedPeer, scriptedPeer } from './scripted-peer.ts'

const peers: ScriptedPeer[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close()
})

async function peerThat(onConnection: (socket: Socket) => void): Promise<NodeAddress> {
  const peer = await scriptedPeer(onConnection)
  peers.push(peer)
  return peer.address
}

interface Connected {
  readonly connection: NodeConnection
  readonly closed: Promise<ConnectionError>
  readonly clock: ReturnType<typeof manualClock>
  readonly frames: Frame[]
}

async function connectTo(address: NodeAddress, signal = new AbortController().signal): Promise<Connected> {
  const clock = manualClock()
  const frames: Frame[] = []
  let onClosed: (error: ConnectionError) => void = () => {}
  const closed = new Promise<ConnectionError>(resolve => (onClosed = resolve))
  const connection = await NodeConnection.connect(
    { address, transport: { type: 'tcp' }, timeoutMs: 5000, silenceMs: 40_000, clock, signal },
    { onStreamFrame: frame => frames.push(frame), onConfig: () => {}, onClosed },
  )
  return { connection, closed, clock, frames }
}

/** The reason that a promise is rejected for. */
function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: ConnectionError) => error.reason,
  )
}

/** A header: magic, opcode, key length, extras length, status, body length, opaque. */
function header(magic: number, opcode: number, options: { body?: number; key?: number; opaque?: number } = {}): Buffer {
  const bytes = Buffer.alloc(24)
  bytes[0] = magic
  bytes[1] = opcode
  bytes.writeUInt16BE(options.key ?? 0, 2)
  bytes.writeUInt32BE(options.body ?? 0, 8)
  bytes.writeUInt32BE(options.opaque ?? 0, 12)
  return bytes
}

describe('what is no protocol ends the connection with a typed error, and whoever waits for an answer is told', () => {
  test.each<[string, Buffer]>([
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a magic that no server sends', header(0x42, 0xb5)],
    ['a body longer than any document', header(0x81, 0xb5, { body: 0xffffffff })],
    ['a key longer than the body', header(0x81, 0xb5, { key: 9 })],
    ['an answer to what was not asked', header(0x81, 0xb5, { opaque: 77 })],
    ['an answer with another opcode than the question', header(0x81, 0x00, { opaque: 1 })],
    ['a request that a server does not send', header(0x80, 0x00)],
  ])('%s', async (_, bytes) => {
    const address = await peerThat(socket => socket.once('data', () => socket.write(bytes)))
    const { connection, closed } = await connectTo(address)
    const answer = connection.ask(encodeGetClusterConfig)
    expect(await reasonOf(answer)).toBe('malformed')
    expect(await closed).toMatchObject({ reason: 'malformed', cause: expect.any(MalformedMessageError) })
    expect(await reasonOf(connection.ask(encodeGetClusterConfig))).toBe('closed')
  })
})

test('a noop of the server is answered at once, by the same opaque and nothing else', async () => {
  const answer = new Promise<Buffer>((resolve, reject) => {
    peerThat(socket => {
      socket.once('data', resolve)
      socket.write(header(0x80, 0x5c, { opaque: 0xabcdef01 }))
    })
      .then(connectTo)
      .catch(reject)
  })
  expect((await answer).equals(header(0x81, 0x5c, { opaque: 0xabcdef01 }))).toBe(true)
})

test('server requests that a newer server may send change nothing', async () => {
  const address = await peerThat(socket => {
    socket.write(Buffer.concat([header(0x82, 0x7e), header(0x80, 0x56, { opaque: 5 })]))
  })
  const { frames, connection } = await connectTo(address)
  while (frames.length === 0) await new Promise(resolve => setImmediate(resolve))
  expect(frames.map(({ opaque }) => opaque)).toEqual([5])
  connection.close()
})

describe('a peer that is not there any more is found out', () => {
  test('one that sends no byte for the time of two noops', async () => {
    const { closed, clock } = await connectTo(await peerThat(() => {}))
    await clock.advance(41_000)
    expect(await closed).toMatchObject({ reason: 'silent' })
  })

  test('not one that says something now and then', async () => {
    let socket: Socket | undefined
    const { connection, clock, frames, closed } = await connectTo(await peerThat(accepted => (socket = accepted)))
    let isClosed = false
    void closed.then(() => (isClosed = true))
    for (let round = 1; round <= 4; round++) {
      await clock.advance(30_000)
      socket?.write(header(0x80, 0x56))
      while (frames.length < round) await new Promise(resolve => setImmediate(resolve))
    }
    expect(isClosed).toBe(false)
    connection.close()
    expect(await closed).toMatchObject({ reason: 'abandoned' })
  })

  test('one that does not answer, though it says other things', async () => {
    const { connection, closed, clock } = await connectTo(await peerThat(socket => socket.write(header(0x80, 0x56))))
    const answer = reasonOf(connection.ask(encodeGetClusterConfig))
    await clock.advance(6000)
    expect(await closed).toMatchObject({ reason: 'timed-out' })
    expect(await answer).toBe('timed-out')
  })

  test('one that closes', async () => {
    const { connection, closed } = await connectTo(await peerThat(socket => socket.once('data', () => socket.end())))
    expect(await reasonOf(connection.ask(encodeGetClusterConfig))).toBe('closed')
    expect(await closed).toMatchObject({ reason: 'closed' })
  })
})

describe('a connection that cannot be made', () => {
  test('nobody listens', async () => {
    const peer = await scriptedPeer(() => {})
    await peer.close()
    expect(await reasonOf(connectTo(peer.address))).toBe('unreachable')
  })

  test('it is given up', async () => {
    const address = await peerThat(() => {})
    expect(await reasonOf(connectTo(address, AbortSignal.abort()))).toBe('abandoned')
    const controller = new AbortController()
    const connecting = reasonOf(connectTo(address, controller.signal))
    controller.abort()
    expect(await connecting).toBe('abandoned')
  })
})

test('what is asked in one turn leaves in one piece', async () => {
  const pieces: number[] = []
  const address = await peerThat(socket => socket.on('data', piece => pieces.push(piece.length)))
  const { connection } = await connectTo(address)
  for (let count = 0; count < 100; count++) connection.ask(encodeGetClusterConfig).catch(() => {})
  const arrived = (): number => pieces.reduce((sum, length) => sum + length, 0)
  while (arrived() < 24 * 100) await new Promise(resolve => setImmediate(resolve))
  expect(pieces.length).toBeLessThan(4)
  connection.close()
})

test('a socket that breaks is told once', async () => {
  const address = await peerThat(socket => socket.once('data', () => socket.resetAndDestroy()))
  const { connection, closed } = await connectTo(address)
  const answer = reasonOf(connection.ask(encodeGetClusterConfig))
  expect(await closed).toMatchObject({ reason: 'closed' })
  expect(await answer).toBe('closed')
})
