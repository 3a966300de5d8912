import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

import { parseUsers, serverClock, serverCommands, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import type { ReplayTarget } from './replay.ts'

/** A test server in this process under a clock that only moves by hand. */
export async function serverTarget(): Promise<ReplayTarget & AsyncDisposable> {
  const clock = serverClock({ startAt: Date.UTC(2026, 5, 1) + 250 })
  const users = parseUsers(readFileSync(new URL('users.json', import.meta.url), 'utf8'))
  const server = await startCouchbaseServer({ clock, users })
  const commands = serverCommands(server)
  const [port = 0] = server.ports
  return {
    port,
    bucketName: 'golden',
    nowMs: () => clock.nowMs(),
    up: spec => commands.run({ op: 'up', spec }),
    down: () => commands.run({ op: 'down' }),
    act: (name, args) => commands.run({ op: 'act', name, args }),
    pass: async ms => clock.advance(ms),
    quiet: () => roundTrip(port),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** Resolves when the server has answered another connection: what it sent before has come by then. */
async function roundTrip(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.from('801f00000000000000000000000000000000000000000000', 'hex'))
  await once(socket, 'data')
  socket.destroy()
}
