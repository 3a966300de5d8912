import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { bundleProgram } from '@scopes/test-programs'
import { OPCODE, STATUS } from '@scopes/testing/couchbase-server'
import { RecordedClient } from '../golden/recorded-client.ts'
import { RawClient } from '../raw-client.ts'

const PROGRAM = fileURLToPath(
  await bundleProgram(new URL('../../../src/couchbase-server/program/couchbase-test-server.ts', import.meta.url)),
)

interface Ready {
  readonly port: number
  readonly ports: readonly number[]
  readonly connectionString: string
  readonly buckets: readonly string[]
}

describe('the program couchbase-test-server', () => {
  let folder: string
  let running: ChildProcessWithoutNullStreams[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'couchbase-test-server-'))
    running = []
  })
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder })
    running.push(child)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = async (): Promise<string> => String((await lines.next()).value)
    const command = async (value: unknown): Promise<string> => {
      child.stdin.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
      return line()
    }
    return { child, line, command, ready: async () => JSON.parse(await line()) as Ready }
  }

  const file = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens in one line, and stops on %s', async signal => {
    const { child, ready } = start('--port', '0', '--bucket', 'one:8', '--bucket', 'two:4:ephemeral', '--nodes', '2')
    const { port, ports, connectionString, buckets } = await ready()
    expect(ports).toHaveLength(2)
    expect(port).toBe(ports[0])
    expect(connectionString).toBe(`couchbase://127.0.0.1:${ports[0]},127.0.0.1:${ports[1]}`)
    expect(buckets).toEqual(['one', 'two'])
    const client = await RawClient.open(port, 'two')
    expect(await client.ask(OPCODE.noop)).toMatchObject({ status: STATUS.success })
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    await client.closed()
  })

  it('has the users and the collections that its files name', async () => {
    const manifest = file('manifest.json', {
      uid: '1',
      scopes: [{ name: 'app', uid: '8', collections: [{ name: 'sessions', uid: '8' }] }],
    })
    const users = file('users.json', { reader: { password: 'r', buckets: { b: ['Read'] } } })
    const { ready } = start('--bucket', 'b:1', '--manifest', manifest, '--users', users, '--user', 'root:a:b')
    const { port } = await ready()
    const writer = await RecordedClient.open(
      port,
      { hello: [7, 8, 18], user: 'root', password: 'a:b', select: true },
      'b',
    )
    writer.send(
      Buffer.from(
        '8001000208000000 0000000b 00000000 0000000000000000 0000000000000000 086b 31'.replaceAll(' ', ''),
        'hex',
      ),
    )
    expect((await writer.next()).readUInt16BE(6)).toBe(STATUS.success)
    const reader = await RecordedClient.open(
      port,
      { hello: [7, 8, 18], user: 'reader', password: 'r', select: true },
      'b',
    )
    reader.send(Buffer.from('8004000200000000 00000002 00000000 0000000000000000 086b'.replaceAll(' ', ''), 'hex'))
    expect((await reader.next()).readUInt16BE(6)).toBe(STATUS.noAccess)
    await writer.drain()
    await reader.drain()
  })

  it('obeys commands, each answered with a line, and stops when they end', async () => {
    const { child, ready, command } = start('--control')
    const { port, buckets } = await ready()
    expect(buckets).toEqual([])
    expect(await command({ op: 'up', spec: { type: 'couchstore', vbuckets: 1, manifest: null } })).toBe('ok')
    const client = await RawClient.open(port, 'golden')
    const set = { key: '\0k', extras: Buffer.from('0000000000000001', 'hex'), value: Buffer.from('1') }
    await client.ask(OPCODE.set, set)
    expect(await command({ op: 'act', name: 'advanceClock', args: { ms: 5000 } })).toBe('ok')
    expect(await client.ask(OPCODE.get, { key: '\0k' })).toMatchObject({ status: STATUS.notFound })
    const fault = { type: 'status', status: STATUS.temporaryFailure }
    expect(
      await command({ op: 'act', name: 'fault', args: { fault, options: { match: { opcode: OPCODE.noop } } } }),
    ).toBe('ok')
    expect(await client.ask(OPCODE.noop)).toMatchObject({ status: STATUS.temporaryFailure })
    expect(await command({ op: 'up', spec: { type: 'couchstore', vbuckets: 1 }, type: 'ephemeral' })).toBe('ok')
    await client.closed()
    expect(await command({ op: 'down' })).toBe('ok')
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it.each([
    ['no JSON', 'what', /^error: .*JSON/],
    ['no command', '{"op":"dance"}', /^error: "dance" is none of up, down, act$/],
    ['no action', '{"op":"act","name":"toString"}', /^error: there is no action "toString"$/],
    ['an action without its bucket', '{"op":"act","name":"stopPersistence"}', /^error: there is no bucket "golden"$/],
    [
      'an argument that is missing',
      '{"op":"act","name":"advanceClock"}',
      /^error: ms must be a number, not undefined$/,
    ],
  ])('%s is answered with an error, and the next command works', async (_, line, error) => {
    const { ready, command } = start('--control')
    await ready()
    expect(await command(line)).toMatch(error)
    expect(await command({ op: 'down' })).toBe('ok')
  })

  it.each([
    ['an option that there is not', ['--what'], /--what/],
    ['a port that is no number', ['--port', 'x'], /--port needs a whole number, not x/],
    ['a bucket of a type that there is not', ['--bucket', 'b:1:gold'], /name\[:vbuckets\[:ephemeral\]\], not b:1:gold/],
    ['a user without a password', ['--user', 'me'], /--user is name:password, not me/],
    ['a file that is not there', ['--users', 'nowhere.json'], /nowhere\.json/],
    ['no node', ['--nodes', '0'], /1 to 64 nodes, not 0/],
  ])('%s is refused in one line', async (_, args, message) => {
    const { child } = start(...args)
    const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>])
    expect(complaint).toMatch(message)
    expect(complaint.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('explains itself', async () => {
    const { child } = start('--help')
    expect(await text(child.stdout)).toContain('--bucket name[:vbuckets[:ephemeral]]')
  })
})
