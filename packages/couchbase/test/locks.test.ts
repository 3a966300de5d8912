import { leaseContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { serverPlace } from './server-place.ts'

describe('locks on the Couchbase store', () => {
  leaseContract({
    test: (name, run) => test(name, { timeout: 40_000 }, run),
    setup: async () => {
      const place = await serverPlace({}, { vbuckets: 16 })
      return { open: () => place.open(), teardown: () => place.teardown(), age: async ms => place.clock?.jump(ms) }
    },
    patienceMs: 40_000,
  })
})
