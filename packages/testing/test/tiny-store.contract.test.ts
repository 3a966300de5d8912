import type { StoreCapabilities } from '@scopes/core'
import { describe, test } from 'vitest'

import { feedContract } from '../src/feed-contract/feed-contract.ts'
import { storeContract } from '../src/store-contract/store-contract.ts'
import { maxDocumentBytes } from './tiny/tiny-disk.ts'
import { tinyPlace } from './tiny/tiny-place.ts'

const capabilities: StoreCapabilities = { isPersistent: true, isShared: true, expires: true, maxDocumentBytes }
const forEver: StoreCapabilities = { ...capabilities, expires: false }

describe('the tiny store, which has every capability', () => {
  storeContract({ test, setup: () => tinyPlace(), capabilities })
})

describe('the feed of the tiny store', () => {
  feedContract({ test, setup: () => tinyPlace(), capabilities, isLogBounded: true })
})

describe('a tiny store that keeps documents for ever', () => {
  storeContract({ test, setup: () => tinyPlace({ expires: false }), capabilities: forEver })
})
