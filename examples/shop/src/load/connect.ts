import { LoadClient, type LoadClientOptions } from './load-client.ts'

/** How often a client connects again that came to a worker which has its share. */
const mostTries = 100

/**
 * Clients with a connection each, half of them with another process than the rest, if more than one can be met.
 * @returns the clients, and whether they met more than one
 */
export async function connect(
  url: URL,
  count: number,
  options?: LoadClientOptions,
): Promise<{ readonly clients: readonly LoadClient[]; readonly isSpread: boolean }> {
  const clients: LoadClient[] = []
  const shares = new Map<string | undefined, number>()
  for (let tries = 0; clients.length < count; tries++) {
    const client = new LoadClient(url, options)
    const { answeredBy } = await client.ask({ method: 'GET', path: '/state' })
    const share = shares.get(answeredBy) ?? 0
    if (share >= count / 2 && tries < mostTries) {
      client.close()
      continue
    }
    shares.set(answeredBy, share + 1)
    clients.push(client)
  }
  return { clients, isSpread: shares.size > 1 }
}
