import { join } from 'node:path'
import { type Child, startChild } from '../child.ts'
import { type Contestant, contestants } from './contestants.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import type { ServerPlace, ServerReport } from './serve.ts'

/** An application under test, in a process of its own. */
export interface Server {
  readonly contestant: Contestant
  readonly port: number
  /** The CPU time that it has used so far, its Redis included, in microseconds. */
  readonly cpuMicros: () => Promise<number>
}

/** The applications that could be started. */
export interface Servers {
  readonly servers: readonly Server[]
  stop(): Promise<void>
}

/** Starts every application; the one on Redis only where there is a `redis-server`. */
export async function startServers(directory: string): Promise<Servers> {
  const redis = await startRedis(directory)
  const children: Child<ServerReport>[] = []
  const servers: Server[] = []
  for (const contestant of Object.keys(contestants) as Contestant[]) {
    const redisOfIt = contestant === 'express-session-redis' ? redis : undefined
    if (contestant === 'express-session-redis' && redisOfIt === undefined) continue
    const place: ServerPlace = { contestant, path: join(directory, `${contestant}.db`), redisPort: redisOfIt?.port }
    const child = startChild<ServerReport>(new URL('serve.js', import.meta.url), place)
    children.push(child)
    servers.push(serverOf(contestant, child, await child.next(), redisOfIt))
  }
  return {
    servers,
    async stop() {
      for (const child of children) await child.stop()
      await redis?.stop()
    },
  }
}

function serverOf(
  contestant: Contestant,
  child: Child<ServerReport>,
  { port }: ServerReport,
  redis: RedisServer | undefined,
): Server {
  return {
    contestant,
    port,
    async cpuMicros() {
      child.send({})
      const { cpuMicros } = await child.next()
      return cpuMicros + (redis?.cpuMicros() ?? 0)
    },
  }
}
