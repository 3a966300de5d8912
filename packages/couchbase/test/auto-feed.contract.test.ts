import { feedContract } from '@scopes/testing'
import type { User } from '@scopes/testing/couchbase-server'
import { describe, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { serverPlace } from './server-place.ts'

const { capabilities } = couchbaseStore({
  connectionString: 'couchbase://unused',
  username: 'u',
  password: 'p',
  bucket: 'unused',
})
const options = { feed: 'auto', polling: { intervalMs: 5 } } as const

describe('the feed that chooses by itself, where DCP is allowed', () => {
  const vbuckets = 2
  const setup = () => serverPlace(options, { vbuckets })
  feedContract({ test, setup, capabilities, partitions: vbuckets, patienceMs: 50_000 })
})

describe('the feed that chooses by itself, where DCP is refused', () => {
  const users: readonly User[] = [
    { name: 'Administrator', password: 'password', buckets: { '*': ['Read', 'Insert', 'Upsert', 'Delete'] } },
  ]
  const setup = () => serverPlace(options, { users })
  feedContract({ test, setup, capabilities, coverage: 'held', patienceMs: 50_000 })
})
