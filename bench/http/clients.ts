import autocannon from 'autocannon'
import type { Server } from './servers.ts'
import { type Answer, type Workload, workloads } from './contestants.ts'

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

/** The Cookie header of each client. */
export type Cookies = readonly string[]

/** Sessions for all clients, each made by a first write. */
export async function signIn({ port }: Server, workload: Workload): Promise<Cookies> {
  const cookies: string[] = []
  for (let client = 0; client < clientCount; client++) {
    const response = await fetch(urlOf(port, workload), { method: 'POST' })
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
  workload: Workload,
  cookies: Cookies,
  length: Length,
): Promise<Run> {
  let next = 0
  const before = await cpuMicros()
  const result = await autocannon({
    url: urlOf(port, workload),
    method: workloads[workload].method,
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
    throw new Error(`${workload}: ${answered} answers, ${result.non2xx} of another status, ${result.errors} errors.`)
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
export async function sumOf({ port }: Server, workload: Workload, cookies: Cookies): Promise<number> {
  let sum = 0
  for (const cookie of cookies) {
    const response = await fetch(urlOf(port, workload), { headers: { cookie } })
    const { number } = (await response.json()) as Answer
    sum += number
  }
  return sum
}

function urlOf(port: number, workload: Workload): string {
  return `http://127.0.0.1:${port}${workloads[workload].path}`
}
