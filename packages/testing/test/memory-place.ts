import { memoryStore, type DocumentStore } from '@scopes/core'

import type { StoreUnderTest } from '../src/contract/store-under-test.ts'
import { manualClock } from '../src/manual-clock.ts'

const logLength = 200

/** A memory store as a place for the contracts, decorated if need be. */
export function memoryPlace(decorate: (store: DocumentStore) => DocumentStore = store => store): StoreUnderTest {
  const clock = manualClock()
  const store = decorate(memoryStore({ clock, logLength }))
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
