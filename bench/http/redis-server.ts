import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@scopes/testing/couchbase-server'

/** A Redis server of this bench's own. */
export interface RedisServer {
  readonly port: number
  /** The CPU time that it has used so far, in microseconds; 0 where the system does not say. */
  cpuMicros(): number
  stop(): Promise<void>
}

/** A Redis server on a free loopback port, which writes nothing to disk; undefined when there is no `redis-server` here. */
export async function startRedis(directory: string): Promise<RedisServer | undefined> {
  const port = await freePort()
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', [...settings, '--dir', directory], { stdio: 'ignore' })
  const isMissing = once(server, 'error').then(() => false)
  const started = await Promise.race([answers(port, server), isMissing])
  if (!started) return undefined
  const stop = (): void => void server.kill()
  process.once('exit', stop)
  return {
    port,
    cpuMicros: () => cpuMicrosOf(server.pid),
    async stop() {
      process.off('exit', stop)
      server.kill()
      await once(server, 'exit')
    },
  }
}

async function answers(port: number, server: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return true
    await pause(25)
  }
  return false
}

/** Linux counts it in hundredths of a second, the two fields after the 13th. */
function cpuMicrosOf(pid: number | undefined): number {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(afterName[11]) + Number(afterName[12])) * 10_000
  } catch {
    return 0
  }
}
