import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import {
  OPCODE,
  serverClock,
  serverCommands,
  startCouchbaseServer,
  type CouchbaseServer,
  type ServerClock,
  type ServerCommands,
} from '@scopes/testing/couchbase-server'
import { RawClient } from '../raw-client.ts'
import { RawConsumer } from './raw-consumer.ts'

describe('commands that concern changes', () => {
  let clock: ServerClock
  let server: CouchbaseServer
  let commands: ServerCommands
  let reader: RawConsumer
  beforeEach(async () => {
    clock = serverClock({ startAt: Date.UTC(2026, 0, 1) })
    server = await startCouchbaseServer({ clock })
    commands = serverCommands(server)
    await commands.run({ op: 'up', spec: { vbuckets: 1 } })
    reader = await RawConsumer.open(server.ports[0] ?? 0, 'golden', { autoNoop: false })
    await reader.stream()
  })
  afterEach(() => server.close())

  const act = (name: string, args: object = {}): Promise<void> => commands.run({ op: 'act', name, args })

  const set = async (): Promise<void> => {
    const writer = await RawClient.open(server.ports[0] ?? 0, 'golden')
    await writer.ask(OPCODE.set, { key: '\0k', extras: Buffer.alloc(8), value: Buffer.from('1') })
    await writer.end()
  }

  it('interrupt cuts a connection in the middle of a snapshot', async () => {
    const options = { match: { opcode: OPCODE.dcpMutation } }
    await act('interrupt', { interruption: { type: 'cut', bytes: 3 }, options })
    await set()
    await reader.closed()
    expect(reader.taken().map(({ opcode }) => opcode)).toEqual([OPCODE.dcpSnapshotMarker])
    expect(reader.rest).toHaveLength(3)
  })

  it('freeze and thaw hold a node up', async () => {
    await act('freeze', { node: 0 })
    reader.send(OPCODE.noop)
    await act('thaw')
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.noop })
  })

  it('flush empties the bucket', async () => {
    await set()
    await reader.take(2)
    await act('flush')
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.dcpStreamEnd, reason: 2 })
    expect(server.bucket('golden').seqnos(0).high).toBe(0n)
  })

  it('dcpParam sets when a silent consumer is closed', async () => {
    await act('dcpParam', { key: 'dcp_idle_timeout', value: '30' })
    await act('advanceClock', { ms: 30_000 })
    expect(await reader.next()).toMatchObject({ opcode: OPCODE.dcpNoop })
    await act('advanceClock', { ms: 1000 })
    await reader.closed()
  })

  it.each([
    ['interrupt', { interruption: { type: 'bite' } }, '"bite" is none of cut, freeze'],
    ['dcpParam', { key: 'what', value: '1' }, '"what" is none of dcp_idle_timeout'],
    ['freeze', { node: 7 }, 'there is no node 7'],
  ])('%s refuses what makes no sense', async (name, args, message) => {
    await expect(act(name, args)).rejects.toThrow(message)
  })
})
