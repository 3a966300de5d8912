import { type Clock, type Scopes, memoryStore, openScopes } from '@scopes/core'
import type { GateOptions } from '../../src/index.ts'
import type { AdapterDriver, Route, RunningApp, Setting } from './adapter-driver.ts'
import { ErrorLog } from './error-log.ts'
import { ObservedStore } from './observed-store.ts'
import type { ShopDefinitions } from './shop-scopes.ts'
import { startTlsProxy } from './tls-proxy.ts'

/** What a clause works with. */
export interface Harness {
  readonly driver: AdapterDriver
  readonly setting: Setting
  readonly scopes: Scopes
  readonly store: ObservedStore
  /** The clock of the scopes and of the gate; it goes on only here. */
  readonly time: { advance(milliseconds: number): void }
  /** An application with these routes, which is closed after the clause. */
  readonly start: (routes: readonly Route[], options?: GateOptions<ShopDefinitions>) => Promise<RunningApp>
  readonly close: () => Promise<void>
}

/** A harness on an empty store in memory. */
export async function openHarness(driver: AdapterDriver, setting: Setting): Promise<Harness> {
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
  const scopes = await openScopes({ application: 'shop', store, clock, reaper: false, commitTimeoutMs: 2000 })
  const opened: { close(): Promise<void> }[] = []
  return {
    driver,
    setting,
    scopes,
    store,
    time: { advance: milliseconds => void (offsetMs += milliseconds) },
    start: async (routes, given = {}) => {
      const log = new ErrorLog()
      const options = { now: () => clock.now(), ...given }
      const app = await driver.start({ scopes, routes, options, setting, onError: error => log.add(error) })
      opened.push(app)
      const proxy = setting.isBehindTls ? await startTlsProxy(app.port) : undefined
      if (proxy) opened.unshift(proxy)
      return appOf(driver, setting, proxy?.port ?? app.port, log)
    },
    close: async () => {
      for (const each of opened) await each.close()
      await scopes.close()
    },
  }
}

function appOf(driver: AdapterDriver, setting: Setting, port: number, log: ErrorLog): RunningApp {
  const isOwnPage = setting.errorPage === 'application'
  return {
    atPort: port,
    isTls: setting.isBehindTls,
    errors: log.errors,
    errorCount: count => log.reached(count),
    errorStatus: status => (isOwnPage ? status : driver.frameworkStatus(status)),
    errorBody: code => (isOwnPage ? { code } : undefined),
  }
}
