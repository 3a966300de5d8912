import type { StoreUnderTest } from '@scopes/testing'
import { type CouchbaseServer, type User, serverClock, startCouchbaseServer } from '@scopes/testing/couchbase-server'

import { couchbaseStore } from '../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'

/** The one bucket of a test. */
export const bucketName = 'scopes'

/** What a store needs to reach the server. Requests get long: the machine may be busy, and nothing here tests that. */
export function optionsFor({ connectionString }: CouchbaseServer): CouchbaseStoreOptions {
  return {
    connectionString,
    username: 'Administrator',
    password: 'password',
    bucket: bucketName,
    timeoutMs: 10_000,
    durableTimeoutMs: 10_000,
    openTimeoutMs: 60_000,
  }
}

/** The server of a place. */
interface PlacedServer {
  readonly nodes?: number
  readonly vbuckets?: number
  readonly users?: readonly User[]
}

/** A server of its own for each clause, whose clock is moved by hand. */
export async function serverPlace(
  options: Partial<CouchbaseStoreOptions> = {},
  { nodes = 1, vbuckets = 64, users }: PlacedServer = {},
): Promise<StoreUnderTest> {
  const clock = serverClock({ startAt: Date.UTC(2026, 0, 1) })
  const server = await startCouchbaseServer({
    clock,
    nodes,
    buckets: [{ name: bucketName, vbuckets }],
    ...(users && { users }),
  })
  // As a real one does.
  server.bucket(bucketName).setExpiryPagerInterval(600)
  return {
    open: async () => couchbaseStore({ ...optionsFor(server), ...options }),
    clock: { now: () => clock.nowMs(), jump: async ms => clock.advance(ms) },
    teardown: () => server.close(),
  }
}
