import { memoryStore } from '@scopes/core'
import { describe, test } from 'vitest'

import { feedContract } from '../src/feed-contract/feed-contract.ts'
import { manualClock } from '../src/manual-clock.ts'
import { storeContract } from '../src/store-contract/store-contract.ts'
import type { StoreUnderTest } from '../src/contract/store-under-test.ts'

const logLength = 200

function setup(): StoreUnderTest {
  const clock = manualClock()
  const store = memoryStore({ clock, logLength })
  return {
    clock,
    open: async () => store,
    truncateLog: async () => {
      for (let change = 0; change < logLength; change += 2) {
        const written = await store.insert('filler:shop:1', new Uint8Array(1))
        if (written.type === 'done') await store.remove('filler:shop:1', written.token)
      }
    },
    teardown: async () => {},
  }
}

const { capabilities } = memoryStore()

describe('the memory store', () => {
  storeContract({ test, setup, capabilities })
})

describe('the feed of the memory store', () => {
  feedContract({ test, setup, capabilities, isLogBounded: true })
})
