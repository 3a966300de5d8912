import { feedContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { couchbaseStore } from '../../src/couchbase-store.ts'
import { serverPlace } from '../server-place.ts'

const { capabilities } = couchbaseStore({
  connectionString: 'couchbase://unused',
  username: 'u',
  password: 'p',
  bucket: 'unused',
})

describe('the polling feed, of what is held', () => {
  const setup = () => serverPlace({ feed: 'polling', polling: { intervalMs: 5 } })
  feedContract({ test, setup, capabilities, coverage: 'held', patienceMs: 50_000 })
})
