import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Ports below those that systems give to clients (from 32768 on Linux, 49152 elsewhere). One of the others may be the own
 * end of somebody's connection by the time the workers listen.
 */
const [lowest, count] = [20_000, 12_000]
const mostTries = 100

/** A port that nobody listened on a moment ago. */
export async function freePort(host: string | undefined): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = lowest + Math.floor(Math.random() * count)
    const server = createServer()
    try {
      await once(server.listen(port, host), 'listening')
      server.close()
      await once(server, 'close')
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === mostTries) throw error
    }
  }
}
