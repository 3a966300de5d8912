import { randomUUID } from 'node:crypto'

import type { StoreCapabilities } from '@scopes/core'
import { observedStore, storeContract, type StoreUnderTest } from '@scopes/testing'
import { connect } from 'couchbase'
import { afterAll, describe, expect, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { maxDocumentBytes } from '../src/open-store.ts'
import type { CouchbaseStoreOptions } from '../src/options.ts'
import { findRealServer } from './real-server.ts'

const server = await findRealServer()
const options = server.type === 'found' ? server.options : undefined
if (server.type === 'none') process.stderr.write(`Not tested on a real Couchbase Server: ${server.reason}\n`)

// The time of a real server cannot be moved on: its expiry is not seen, only that it is accepted.
const capabilities: StoreCapabilities = { isPersistent: true, isShared: true, expires: false, maxDocumentBytes }

afterAll(() => (server.type === 'found' ? server.stop() : undefined))

describe.skipIf(options === undefined)(
  `the Couchbase store on a real server${server.type === 'none' ? ` (${server.reason})` : ''}`,
  { timeout: 120_000 },
  () => {
    if (options) storeContract({ test, setup: () => collectionOf(options), capabilities, patienceMs: 60_000 })
  },
)

test('where a container is required, its absence is a failure and no skip', async () => {
  if (server.type === 'found') return
  await expect(findRealServer({ REQUIRE_CONTAINERS: '1' })).rejects.toThrow(/container/i)
})

/** A collection of its own for each clause, created by the store and dropped afterwards. */
async function collectionOf(given: CouchbaseStoreOptions): Promise<StoreUnderTest> {
  const collections = `test-${randomUUID()}`
  return {
    open: async () => {
      const store = couchbaseStore({
        timeoutMs: 10_000,
        durableTimeoutMs: 20_000,
        ...given,
        collections,
        createCollections: true,
      })
      return { ...observedStore(store, {}), capabilities }
    },
    teardown: async () => {
      const { connectionString, username, password, bucket, scope = '_default' } = given
      if (connectionString === undefined || username === undefined || password === undefined) return
      const cluster = await connect(connectionString, { username, password })
      await cluster.bucket(bucket).collections().dropCollection(collections, scope)
      await cluster.close()
    },
  }
}
