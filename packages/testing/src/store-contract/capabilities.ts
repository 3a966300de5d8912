import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'

/** A store is what it was said to be. */
export const capabilityClauses: readonly Clause[] = [
  {
    name: 'capabilities: the store declares what this run was told',
    run: async ({ openStore, capabilities }) => {
      const store = await openStore()
      assert.deepEqual({ ...store.capabilities }, { ...capabilities })
    },
  },
]
