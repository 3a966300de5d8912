import { join } from 'node:path'
import { type Child, startChild } from '../child.ts'
import { type Contestant, contestants } from './contestants.ts'
import { startRedis } from './redis-server.ts'
import type { ServerPlace, ServerReady } from './serve.ts'

/** The applications that could be started, each in a process of its own. */
export interface Servers {
  /** The port of each. */
  readonly ports: ReadonlyMap<Contestant, number>
  stop(): Promise<void>
}

/** Starts every application; the ones on Redis only where there is a `redis-server`. */
export async function startServers(directory: string): Promise<Servers> {
  const redis = await startRedis(directory)
  const ports = new Map<Contestant, number>()
  const children: Child<ServerReady>[] = []
  for (const contestant of Object.keys(contestants) as Contestant[]) {
    if (contestant === 'express-session-redis' && redis === undefined) continue
    const place: ServerPlace = { contestant, path: join(directory, 'scopes.db'), redisPort: redis?.port }
    const child = startChild<ServerReady>(new URL('serve.js', import.meta.url), place)
    children.push(child)
    const { port } = await child.next()
    ports.set(contestant, port)
  }
  return {
    ports,
    async stop() {
      for (const child of children) await child.stop()
      await redis?.stop()
    },
  }
}
