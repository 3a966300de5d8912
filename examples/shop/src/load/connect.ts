import { LoadClient } from './load-client.ts'

/** How often a client connects again while all of them are with one worker. */
const mostTries = 50

/**
 * Clients with a connection each, which are with more than one process of the shop if it has more than one that can be met.
 * @returns the clients, and whether they are
 */
export async function connect(
  url: URL,
  count: number,
): Promise<{ readonly clients: readonly LoadClient[]; readonly isSpread: boolean }> {
  const clients: LoadClient[] = []
  const met = new Set<string | undefined>()
  for (let tries = 0; clients.length < count && tries < mostTries; tries++) {
    const client = new LoadClient(url)
    const { answeredBy } = await client.ask({ method: 'GET', path: '/state' })
    // The second half may have to look for another worker.
    if (clients.length >= count / 2 && met.size < 2 && met.has(answeredBy)) {
      client.close()
      continue
    }
    met.add(answeredBy)
    clients.push(client)
  }
  while (clients.length < count) clients.push(new LoadClient(url))
  return { clients, isSpread: met.size > 1 }
}
