import { memoryStore } from '@scopes/core'
import { describe, test } from 'vitest'

import { faultStore } from '../src/fault-store.ts'
import { feedContract } from '../src/feed-contract/feed-contract.ts'
import { storeContract } from '../src/store-contract/store-contract.ts'
import type { StoreUnderTest } from '../src/contract/store-under-test.ts'
import { memoryPlace } from './memory-place.ts'

const { capabilities } = memoryStore()
const setup = (): StoreUnderTest => memoryPlace(faultStore)

describe('the fault store, as long as there are no faults', () => {
  storeContract({ test, setup, capabilities })
})

describe('the feed of the fault store, as long as there are no faults', () => {
  feedContract({ test, setup, capabilities, isLogBounded: true })
})

describe('the feed of the fault store, when messages come twice', () => {
  feedContract({
    test,
    setup: () => memoryPlace(store => faultStore(store, { feedRates: { duplicate: 0.5 } })),
    capabilities,
    isLogBounded: true,
  })
})

describe('the feed of the fault store, when messages of two documents change places', () => {
  feedContract({
    test,
    setup: () => memoryPlace(store => faultStore(store, { feedRates: { 'swap-keys': 0.5 } })),
    capabilities,
    isLogBounded: true,
    knownGaps: [
      {
        clause: 'order: the newest versions of the documents of a partition arrive in the order of their writes',
        reason: 'that is the fault; nothing else may suffer from it',
      },
    ],
  })
})

describe('the feed of the fault store, divided into partitions', () => {
  feedContract({
    test,
    setup: () => memoryPlace(store => faultStore(store, { feedPartitions: 4 })),
    capabilities,
    partitions: 4,
    isLogBounded: true,
  })
})
