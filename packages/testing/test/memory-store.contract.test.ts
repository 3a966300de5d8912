import { memoryStore } from '@scopes/core'
import { describe, test } from 'vitest'

import { feedContract } from '../src/feed-contract/feed-contract.ts'
import { storeContract } from '../src/store-contract/store-contract.ts'
import { memoryPlace } from './memory-place.ts'

const { capabilities } = memoryStore()

describe('the memory store', () => {
  storeContract({ test, setup: () => memoryPlace(), capabilities })
})

describe('the feed of the memory store', () => {
  feedContract({ test, setup: () => memoryPlace(), capabilities, isLogBounded: true })
})
