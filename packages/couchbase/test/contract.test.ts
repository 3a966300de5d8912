import { storeContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { couchbaseStore } from '../src/couchbase-store.ts'
import { serverPlace } from './server-place.ts'

const { capabilities } = couchbaseStore({
  connectionString: 'couchbase://unused',
  username: 'u',
  password: 'p',
  bucket: 'unused',
})

describe('the Couchbase store on the test server', () => {
  storeContract({ test, setup: () => serverPlace(), capabilities, patienceMs: 50_000 })
})
