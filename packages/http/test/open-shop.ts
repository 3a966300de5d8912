import { type Scopes, memoryStore, openScopes } from '@scopes/core'
import { onTestFinished } from 'vitest'
import { ObservedStore } from './behaviour/observed-store.ts'

/** Scopes on an observed store in memory, until the test has finished. */
export async function openShop(): Promise<{ readonly scopes: Scopes; readonly store: ObservedStore }> {
  const store = new ObservedStore(memoryStore())
  const scopes = await openScopes({ application: 'shop', store, reaper: false, commitTimeoutMs: 2000 })
  onTestFinished(() => scopes.close())
  return { scopes, store }
}
