import { join } from 'node:path'
import { type Child, startChild } from '../child.ts'
import { type Contestant, contestants } from './contestants.ts'
import { startRedis } from './redis-server.ts'
import type { ServerReport } from './report-on.ts'
import type { ServerPlace } from './serve.ts'

/** An application under test, in a process of its own. */
export interface Server<Name extends string = string> {
  readonly contestant: Name
  /** False: it has none, and nothing can be lost. */
  readonly keepsSessions: boolean
  readonly port: number
  /** The CPU time that it has used so far, its Redis included, in microseconds. */
  readonly cpuMicros: () => Promise<number>
}

/** The applications that could be started. */
export interface Servers<Name extends string> {
  readonly servers: readonly Server<Name>[]
  stop(): Promise<void>
}

/** Starts every application; the one on Redis only where there is a `redis-server`. */
export async function startServers(directory: string): Promise<Servers<Contestant>> {
  const redis = await startRedis(directory)
  const children: Child<ServerReport>[] = []
  const servers: Server<Contestant>[] = []
  for (const contestant of Object.keys(contestants) as Contestant[]) {
    const redisOfIt = contestant === 'express-session-redis' ? redis : undefined
    if (contestant === 'express-session-redis' && redisOfIt === undefined) continue
    const place: ServerPlace = { contestant, path: join(directory, `${contestant}.db`), redisPort: redisOfIt?.port }
    const child = startChild<ServerReport>(new URL('serve.js', import.meta.url), place)
    children.push(child)
    const { port } = await child.next()
    servers.push({
      contestant,
      keepsSessions: contestant !== 'express',
      port,
      cpuMicros: async () => (await cpuMicrosOf(child)) + (redisOfIt?.cpuMicros() ?? 0),
    })
  }
  return {
    servers,
    async stop() {
      for (const child of children) await child.stop()
      await redis?.stop()
    },
  }
}

/** What the process of an application has used so far. */
export async function cpuMicrosOf(child: Child<ServerReport>): Promise<number> {
  child.send({})
  return (await child.next()).cpuMicros
}
