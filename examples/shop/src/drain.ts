import type { Server } from 'node:http'

/** How often connections that have become idle are closed. In milliseconds. */
const lookMs = 20

/** How long requests under way may take. In milliseconds. */
const graceMs = 8000

/** Afterwards the server takes no connection, every request that it had is answered, and no connection is left. */
export async function drain(server: Server): Promise<void> {
  await new Promise<void>(resolve => {
    // Browsers keep connections open; Node closes those that are idle now, but not those that become so.
    const looking = setInterval(() => server.closeIdleConnections(), lookMs)
    const cutting = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(looking)
      clearTimeout(cutting)
      resolve()
    })
  })
}
