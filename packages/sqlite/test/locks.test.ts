import { join } from 'node:path'
import { leaseContract } from '@scopes/testing'
import { describe, test } from 'vitest'

import { sqliteStore } from '../src/sqlite-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('locks on the SQLite store', () => {
  leaseContract({
    test,
    setup: async clock => {
      const path = join(await temporaryDirectory(), 'scopes.db')
      return { open: async () => sqliteStore({ path, clock }), teardown: async () => {} }
    },
  })
})
