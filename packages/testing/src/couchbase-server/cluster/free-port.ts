import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Ports below those that systems give to clients (from 32768 on Linux, 49152 elsewhere). One of the others may be the own
 * end of somebody's connection a moment after it was free, and then nobody can listen there.
 */
const [lowest, count] = [20_000, 12_000]
const mostTries = 100

/** Listens at any free port, which is found free again after the server was down for a while. */
export async function listenAnywhere(server: Server, host: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    server.listen(lowest + Math.floor(Math.random() * count), host)
    try {
      await once(server, 'listening')
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === mostTries) throw error
    }
  }
}

/** A port of the loopback address at which nobody listens, for a server that is to be started later. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await listenAnywhere(server, '127.0.0.1')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}
