import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

import { parseUsers, serverClock, serverCommands, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import type { ReplayTarget } from './replay.ts'

/** A test server in this process under a clock that only moves by hand. */
export async function serverTarget(): Promise<ReplayTarget & AsyncDisposable> {
  const clock = serverClock({ startAt: Date.UTC(2026, 5, 1) + 250 })
  const users = parseUsers(readFileSync(new URL('users.json', import.meta.url), 'utf8'))
  const server = await startCouchbaseServer({ clock, users })
  const commands = serverCommands(server)
  const [port = 0] = server.ports
  const probe = prober(port)
  return {
    port,
    bucketName: 'golden',
    nowMs: () => clock.nowMs(),
    up: spec => commands.run({ op: 'up', spec }),
    down: () => commands.run({ op: 'down' }),
    act: (name, args) => commands.run({ op: 'act', name, args }),
    pass: async ms => pass(ms),
    quiet: async ms => {
      pass(ms)
      // What was sent before the first answer has come before the second.
      await probe.roundTrip()
      await probe.roundTrip()
    },
    [Symbol.asyncDispose]: async () => {
      probe.close()
      await server.close()
    },
  }

  /** In steps, as what happens at each may lead to more. */
  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= STEP_MS) clock.advance(Math.min(left, STEP_MS))
  }
}

const STEP_MS = 250

/** A connection of its own that shows how far the server is. */
function prober(port: number): { roundTrip(): Promise<void>; close(): void } {
  let socket: Socket | undefined
  let wake = (): void => {}
  return {
    roundTrip: async () => {
      if (!socket || socket.destroyed) {
        socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.on('data', () => wake())
        socket.on('close', () => wake())
      }
      const come = new Promise<void>(resolve => (wake = resolve))
      socket.write(HELLO)
      await come
    },
    close: () => socket?.destroy(),
  }
}

const HELLO: Buffer = Buffer.from('801f00000000000000000000000000000000000000000000', 'hex')
