import { type Clock, type Scopes, memoryStore, openScopes } from '@scopes/core'
import type { GateOptions } from '../../src/index.ts'
import type { AdapterDriver, Route, RunningApp } from './adapter-driver.ts'
import { ObservedStore } from './observed-store.ts'
import type { ShopDefinitions } from './shop-scopes.ts'

/** What a clause works with. */
export interface Harness {
  readonly driver: AdapterDriver
  readonly scopes: Scopes
  readonly store: ObservedStore
  /** The clock of the scopes and of the gate; it goes on only here. */
  readonly time: { advance(milliseconds: number): void }
  /** An application with these routes, which is closed after the clause. */
  readonly start: (routes: readonly Route[], options?: GateOptions<ShopDefinitions>) => Promise<RunningApp>
  readonly close: () => Promise<void>
}

/** A harness on an empty store in memory. */
export async function openHarness(driver: AdapterDriver): Promise<Harness> {
  let offsetMs = 0
  const clock: Clock = {
    now: () => Date.now() + offsetMs,
    monotonic: () => performance.now() + offsetMs,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const timer = setTimeout(resolve, ms)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
  const store = new ObservedStore(memoryStore({ clock }))
  const scopes = await openScopes({ application: 'shop', store, clock, commitTimeoutMs: 200 })
  const apps: RunningApp[] = []
  return {
    driver,
    scopes,
    store,
    time: { advance: milliseconds => void (offsetMs += milliseconds) },
    start: async (routes, options = {}) => {
      const app = await driver.start(scopes, routes, { now: () => clock.now(), ...options })
      apps.push(app)
      return app
    },
    close: async () => {
      for (const app of apps) await app.close()
      await scopes.close()
    },
  }
}
