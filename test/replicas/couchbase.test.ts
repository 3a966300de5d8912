import { couchbaseStore } from '@scopes/couchbase'
import { replicas } from '@scopes/sync'
import { replicaContract, type SystemPlace } from '@scopes/testing'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, test } from 'vitest'

/** A server of its own, with vbuckets on two nodes. */
async function couchbasePlace(): Promise<SystemPlace> {
  const bucket = 'scopes'
  const server = await startCouchbaseServer({ nodes: 2, buckets: [{ name: bucket, vbuckets: 4 }] })
  const { connectionString } = server
  const login = { username: 'Administrator', password: 'password' }
  return {
    open: async () => couchbaseStore({ connectionString, ...login, bucket, timeoutMs: 10_000 }),
    calm: async () => {},
    teardown: () => server.close(),
  }
}

describe('replicas on Couchbase', () => {
  replicaContract({
    test,
    setup: couchbasePlace,
    cache: () => replicas({ kinds: ['session'], maxLagMs: 1_000_000 }),
  })
})
