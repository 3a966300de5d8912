import { type CouchbaseServer, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { systemClock } from '@scopes/core'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { ConnectionError } from '../../../src/dcp/connection/connection-error.ts'
import { type HandshakeOptions, handshake } from '../../../src/dcp/connection/handshake.ts'
import { NodeConnection } from '../../../src/dcp/connection/node-connection.ts'
import type { Login, NodeAddress, Transport } from '../../../src/dcp/connection/security.ts'
import { transportOf } from '../../../src/dcp/connection/transport-of.ts'
import { addressOf } from './scripted-peer.ts'

const login: Login = { type: 'password', username: 'Administrator', password: 'password', allowsPlain: false }
const certificates = join(import.meta.dirname, 'certificates')
const trustPath = join(certificates, 'server.pem')

let server: CouchbaseServer
const cleanUps: (() => unknown)[] = []

beforeEach(async () => {
  server = await startCouchbaseServer({
    buckets: [{ name: 'scopes', vbuckets: 8 }],
    users: [
      { name: 'Administrator', password: 'password' },
      { name: 'nobody', password: 'password', buckets: {} },
    ],
  })
})

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
  await server.close()
})

function node(): NodeAddress {
  return { host: '127.0.0.1', port: server.ports[0] ?? 0 }
}

/** The server behind TLS. */
async function tlsNode(host: string): Promise<NodeAddress> {
  const [key, cert] = ['server.key', 'server.pem'].map(name => readFileSync(join(certificates, name)))
  const terminator = createServer({ key, cert }, socket => {
    const inner = connect(node().port, '127.0.0.1')
    socket.on('error', () => inner.destroy())
    inner.on('error', () => socket.destroy())
    socket.pipe(inner).pipe(socket)
  })
  terminator.listen(0, '127.0.0.1')
  await once(terminator, 'listening')
  cleanUps.push(() => terminator.close())
  return { ...addressOf(terminator), host }
}

async function shaken(
  options: Partial<HandshakeOptions> = {},
  address: NodeAddress = node(),
  transport: Transport = { type: 'tcp' },
): ReturnType<typeof handshake> {
  const { signal } = new AbortController()
  const connection = await NodeConnection.connect(
    { address, transport, timeoutMs: 10_000, silenceMs: 40_000, clock: systemClock, signal },
    { onStreamFrame: () => {}, onConfig: () => {}, onClosed: () => {} },
  )
  cleanUps.push(() => connection.close())
  const given = { login, bucket: 'scopes', agent: 'test', name: 'test', transport: transport.type, ...options }
  return handshake(connection, given)
}

function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: ConnectionError) => error.reason,
  )
}

describe('who logs in to a bucket is told its config', () => {
  test('by a password that is proved', async () => {
    const config = await shaken()
    expect(config.masters).toHaveLength(8)
    expect(config.bucketUuid).toMatch(/^[0-9a-f]{32}$/)
    expect(config.nodes).toMatchObject([{ ports: { kv: node().port }, isThisNode: true }])
  })

  test('over TLS, which is trusted by its certificate', async () => {
    const transport = transportOf({ ...files, trustPath })
    expect((await shaken({}, await tlsNode('localhost'), transport)).masters).toHaveLength(8)
  })
})

const files = { isTls: true, trustsAnyone: false, trustPath: undefined, certificatePath: undefined, keyPath: undefined }

describe('what stands in the way has a reason', () => {
  test('a wrong password', async () => {
    expect(await reasonOf(shaken({ login: { ...login, password: 'wrong' } as Login }))).toBe('login')
  })

  test('a user that there is not', async () => {
    expect(await reasonOf(shaken({ login: { ...login, username: 'ghost' } as Login }))).toBe('login')
  })

  test('a bucket that there is not, which may come', async () => {
    expect(['no-bucket', 'no-access']).toContain(await reasonOf(shaken({ bucket: 'other' })))
  })

  test('a user without a right to the bucket', async () => {
    expect(await reasonOf(shaken({ login: { ...login, username: 'nobody' } as Login }))).toBe('no-access')
  })

  test('a certificate that nobody vouches for', async () => {
    const address = await tlsNode('localhost')
    expect(await reasonOf(shaken({}, address, transportOf(files)))).toBe('unreachable')
    // Unless that is asked for.
    expect(await reasonOf(shaken({}, address, transportOf({ ...files, trustsAnyone: true })))).toBe('none')
  })

  test('a certificate of another host', async () => {
    const transport = transportOf({ ...files, trustPath })
    expect(await reasonOf(shaken({}, await tlsNode('127.0.0.1'), transport))).toBe('unreachable')
  })

  test('TLS where there is none', async () => {
    expect(await reasonOf(shaken({}, node(), transportOf({ ...files, trustPath })))).toBe('unreachable')
  })

  test('a file that is not there', () => {
    expect(() => transportOf({ ...files, trustPath: join(certificates, 'missing.pem') })).toThrow(/missing\.pem/)
  })
})
