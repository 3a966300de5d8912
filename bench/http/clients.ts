import autocannon from 'autocannon'
import type { Answer } from './contestants.ts'
import type { Server } from './servers.ts'

/** How many clients there are, each with a connection and a session of its own. */
export const clientCount = 32

/** What a run of the clients gave. */
export interface Run {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  /** Answers with a status of 200. */
  readonly answered: number
  /** CPU time that the server took for each of them, in microseconds. */
  readonly cpuMicros: number
}

/** What the clients do. */
export interface Task {
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Where a POST gives a client his session, and a GET reads its number; default `path`. */
  readonly sessionPath?: string
}

/** The Cookie header of each client. */
export type Cookies = readonly string[]

/** Sessions for all clients, each made by a first write. */
export async function signIn({ port }: Server, { path, sessionPath = path }: Task): Promise<Cookies> {
  const cookies: string[] = []
  for (let client = 0; client < clientCount; client++) {
    const response = await fetch(urlOf(port, sessionPath), { method: 'POST' })
    if (!response.ok) throw new Error(`A first write was answered by ${response.status}: ${await response.text()}`)
    cookies.push(
      response.headers
        .getSetCookie()
        .map(line => line.split(';', 1)[0])
        .join('; '),
    )
  }
  return cookies
}

/** How long the clients go on: for a time, or for so many requests of all together. */
export type Length = { readonly duration: number } | { readonly amount: number }

/** Every client sends one request after the other. @throws when an answer is not a 200 */
export async function runClients(
  { port, cpuMicros }: Server,
  { title, method, path }: Task,
  cookies: Cookies,
  length: Length,
): Promise<Run> {
  let next = 0
  const before = await cpuMicros()
  const result = await autocannon({
    url: urlOf(port, path),
    method,
    connections: clientCount,
    ...length,
    // Without this a run lasts until the next whole second.
    sampleInt: 100,
    setupClient: client => {
      client.setHeaders({ cookie: cookies[next++] })
    },
  })
  const answered = result['2xx']
  if (result.errors > 0 || result.non2xx > 0 || answered === 0) {
    throw new Error(`${title}: ${answered} answers, ${result.non2xx} of another status, ${result.errors} errors.`)
  }
  const cpu = (await cpuMicros()) - before
  return {
    requestsPerSecond: answered / result.duration,
    p99Ms: result.latency.p99,
    answered,
    cpuMicros: cpu / answered,
  }
}

/** The numbers of all sessions together, as a reader sees them. */
export async function sumOf({ port }: Server, { path, sessionPath = path }: Task, cookies: Cookies): Promise<number> {
  let sum = 0
  for (const cookie of cookies) {
    const response = await fetch(urlOf(port, sessionPath), { headers: { cookie } })
    const { number } = (await response.json()) as Answer
    sum += number
  }
  return sum
}

function urlOf(port: number, path: string): string {
  return `http://127.0.0.1:${port}${path}`
}
