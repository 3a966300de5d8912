import { feedContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { couchbaseStore } from '../../../src/couchbase-store.ts'
import { serverPlace } from '../../server-place.ts'

const { capabilities } = couchbaseStore({
  connectionString: 'couchbase://unused',
  username: 'u',
  password: 'p',
  bucket: 'unused',
})

describe('the DCP feed of two nodes', () => {
  const vbuckets = 6
  const setup = () => serverPlace({}, { nodes: 2, vbuckets })
  feedContract({ test, setup, capabilities, partitions: vbuckets, patienceMs: 50_000 })
})
