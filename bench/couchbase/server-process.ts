import { OPCODE, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { childInput, tellParent } from '../child.ts'

/** What the server is started with. */
export interface ServerInput {
  readonly bucket: string
  readonly vbuckets: number
}

/** What it says: first where it is, then to each message what came since the one before. */
export interface ServerReport {
  readonly connectionString: string
  /** Requests about documents by their name, in the protocol's words. */
  readonly requests: Readonly<Record<string, number>>
  /** All other requests: the SDK asks for the configuration now and then. */
  readonly others: number
  readonly bytesReceived: number
}

const documentRequests = { get: OPCODE.get, add: OPCODE.add, append: OPCODE.append, replace: OPCODE.replace }

// The program of the test server: in a process of its own, so that its work is not counted as ours.
const { bucket, vbuckets } = childInput() as ServerInput
const server = await startCouchbaseServer({ buckets: [{ name: bucket, vbuckets }] })
process.on('message', report)
report()

function report(): void {
  const { traffic, connectionString } = server
  const { bytesReceived } = traffic
  const counts = Object.entries(documentRequests).map(
    ([name, code]) => [name, traffic.requests.get(code) ?? 0] as const,
  )
  const all = [...traffic.requests.values()].reduce((sum, count) => sum + count, 0)
  const requests = Object.fromEntries(counts.filter(([, count]) => count > 0))
  const others = all - counts.reduce((sum, [, count]) => sum + count, 0)
  traffic.reset()
  tellParent({ connectionString, requests, others, bytesReceived } satisfies ServerReport)
}
