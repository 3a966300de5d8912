import { couchbaseStore, parseCouchbaseUrl } from '@scopes/couchbase'
import { lifeContract, observedStore } from '@scopes/testing'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, test } from 'vitest'

import { dated, serverClockOf } from '../system/couchbase-place.ts'
import { places } from '../system/places.ts'

describe('the life of scopes on SQLite', () => {
  lifeContract({ test, setup: clock => places.sqlite(clock) })
})

// The machine may be busy, and nothing here tests how long requests take.
describe('the life of scopes on Couchbase, by the test server', { timeout: 120_000 }, () => {
  lifeContract({
    test,
    patienceMs: 120_000,
    setup: async clock => {
      const server = await startCouchbaseServer({
        clock: serverClockOf(clock),
        buckets: [{ name: 'scopes', vbuckets: 16 }],
      })
      const url = `couchbase://Administrator:password@127.0.0.1:${server.ports[0]}/scopes`
      return {
        open: async () => {
          const timeouts = { timeoutMs: 10_000, durableTimeoutMs: 10_000, openTimeoutMs: 60_000 }
          const store = couchbaseStore({ ...parseCouchbaseUrl(url), ...timeouts, clock })
          return { ...observedStore(store, {}), feed: dated(store.feed, clock) }
        },
        calm: async () => {},
        teardown: () => server.close(),
      }
    },
  })
})
