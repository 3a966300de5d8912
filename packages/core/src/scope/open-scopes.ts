import { Subject } from 'rxjs'
import { memoryCache } from '../cache/memory-cache.ts'
import type { ScopeCache } from '../cache/scope-cache.ts'
import { type Clock, systemClock } from '../clock.ts'
import { checkOptions } from '../definition/check-options.ts'
import { drawCommitId } from '../document/ids.ts'
import { InvalidArgumentError } from '../errors.ts'
import { IndexBook } from '../index/index-book.ts'
import { ClockWatch } from '../life/clock-watch.ts'
import { EndDeliveries } from '../life/end-deliveries.ts'
import { EndHandlers } from '../life/end-handlers.ts'
import type { Reaper } from '../life/reaper/reaper.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'
import { Patience } from '../commit/patience.ts'
import { LeaseIds } from '../lock/lease-ids.ts'
import type { DocumentStore } from '../store/document-store.ts'
import { tracedStore } from '../store/traced-store.ts'
import { quoted } from '../value/quoted.ts'
import { checkText } from './check-text.ts'
import { checkName } from '../document/scope-key.ts'
import { Endings } from './endings.ts'
import { type ReaperOptions, reaperOf } from './reaping.ts'
import { Rereads } from './rereads.ts'
import { ScopeRegistry } from './scope-registry.ts'
import type { ScopeServices } from './scope-services.ts'
import type { ScopeConflict } from './actions.ts'
import { Scopes } from './scopes.ts'

/** How scopes are opened. */
export interface OpenScopesOptions {
  /** The name of the application: `[A-Za-z0-9._-]`. Its scopes are shared by all processes that give the same name and store. */
  readonly application: string
  /** Where documents live. `scopes.close()` closes it. */
  readonly store: DocumentStore
  /**
   * `true` (default): each `open` reads the store. `false`: it reads memory, and the store where memory has no copy.
   * Or by kind; kinds that are not named are `true`.
   */
  readonly cluster?: boolean | Readonly<Record<string, boolean>>
  /** The changes feed; default: the store's own. */
  readonly feed?: ChangeFeed
  /** In-memory copies; default: `memoryCache()`. */
  readonly cache?: ScopeCache
  /** With `cluster: false`: `await` (default) the store at each commit, or write `behind`: soon, and at close. */
  readonly backup?: 'await' | 'behind'
  /**
   * Whether this process takes part in ending scopes whose deadline has passed though nobody opens them, and in telling their
   * ends; default `true`. It begins with the first kind that has a deadline or end handlers, and needs a changes feed.
   */
  readonly reaper?: boolean | ReaperOptions
  /** How long to wait for a store that is not there yet, in milliseconds; default 10,000. */
  readonly openTimeoutMs?: number
  /** How long a commit is tried before it is given up, in milliseconds; default 10,000. */
  readonly commitTimeoutMs?: number
  /** Names this process in the commits that it makes; default: random. */
  readonly process?: string
  /** Time; tests pass their own. */
  readonly clock?: Clock
}

/** The usual lease of a reaper's partition, in milliseconds. */
const defaultLeaseMs = 60_000

const knownOptions: ReadonlySet<string> = new Set([
  'application',
  'store',
  'cluster',
  'feed',
  'cache',
  'backup',
  'reaper',
  'openTimeoutMs',
  'commitTimeoutMs',
  'process',
  'clock',
])

/**
 * Opens the scopes of an application in a store. Resolves when the store can be used.
 *
 * ```ts
 * const scopes = await openScopes({ application: 'shop', store: memoryStore() })
 * ```
 * Rejects with InvalidArgumentError that names the option, or StoreUnavailableError when the store cannot be opened.
 */
export async function openScopes(options: OpenScopesOptions): Promise<Scopes> {
  checkOptions('openScopes', options, knownOptions)
  const { application, cluster = true, backup = 'await', cache = memoryCache(), clock = systemClock } = options
  checkName('application', application)
  checkStore(options.store)
  const store = tracedStore(options.store)
  if (backup !== 'await' && backup !== 'behind') {
    throw new InvalidArgumentError(`backup is ${quoted(backup)}; it must be 'await' or 'behind'.`)
  }
  checkText('process', options.process)
  checkCluster(cluster)
  if (backup === 'behind') checkBehind(cluster)
  const timeoutMs = positive('commitTimeoutMs', options.commitTimeoutMs ?? 10_000)
  const patience = new Patience(clock, timeoutMs)
  const leaseMs = reaperLeaseMs(options.reaper ?? true)
  let reaper: Reaper | undefined
  const handlers = new EndHandlers(() => {
    reaper?.start()
    reaper?.scanAgain()
    ends.reconsider()
  })
  const ends = new EndDeliveries({
    application,
    store,
    clock,
    patience,
    timeoutMs,
    handlers,
    owns: documentKey => reaper?.owns(documentKey),
    onDelivered: (scopeKey, marker) => registry.leaveIndexes(scopeKey, marker),
  })
  const process = options.process ?? drawCommitId().slice(0, 12)
  const indexing = new IndexBook({ store, clock, patience, timeoutMs })
  const services: ScopeServices = {
    store,
    clock,
    cache,
    timeoutMs,
    patience,
    endings: new Endings(),
    ends,
    rereads: new Rereads(clock),
    indexing,
    leases: { store, clock, patience, ids: new LeaseIds(process) },
    watchDeadline: (documentKey, deadline) => reaper?.watch(documentKey, deadline),
    clockWatch: new ClockWatch({ clock, name: process }),
  }
  const registry = new ScopeRegistry(services, ({ lifetime }) => {
    if (lifetime.idleMs !== undefined || lifetime.absoluteMs !== undefined) reaper?.start()
  })
  const openTimeoutMs = positive('openTimeoutMs', options.openTimeoutMs ?? 10_000)
  const feed = options.feed ?? store.feed
  if (cache.replication && feed === undefined) {
    throw new InvalidArgumentError('The cache is fed, and the store has no changes feed; give one to openScopes.')
  }
  cache.replication?.attach()
  try {
    await store.open({ signal: AbortSignal.timeout(openTimeoutMs) })
  } catch (error) {
    // Others may use it now.
    if (cache.replication) cache.clear()
    throw error
  }
  const conflicts$ = new Subject<ScopeConflict>()
  if (leaseMs !== undefined && feed) {
    reaper = reaperOf({ application, services, registry, handlers, feed, leaseMs })
  }
  return new Scopes({
    application,
    services,
    registry,
    handlers,
    reaper,
    feed,
    isCluster: kind => (typeof cluster === 'boolean' ? cluster : (cluster[kind] ?? true)),
    isBehind: backup === 'behind',
    process,
    conflicts$,
    indexes: indexing,
  })
}

function checkStore(store: unknown): void {
  if (typeof store === 'object' && store !== null && 'open' in store && typeof store.open === 'function') return
  throw new InvalidArgumentError(
    `store is ${quoted(store)}; it must be a store, such as memoryStore() or sqliteStore({ path }).`,
  )
}

/** It would do nothing, in silence. */
function checkBehind(cluster: boolean | Readonly<Record<string, boolean>>): void {
  const isUsed = cluster === false || (cluster !== true && Object.values(cluster).includes(false))
  if (isUsed) return
  throw new InvalidArgumentError(
    "backup 'behind' is for kinds that are read from memory, and none is: give cluster: false, or { session: false } for one.",
  )
}

function checkCluster(cluster: unknown): void {
  if (typeof cluster === 'boolean') return
  const isByKind = typeof cluster === 'object' && cluster !== null
  if (isByKind && Object.values(cluster).every(isShared => typeof isShared === 'boolean')) return
  throw new InvalidArgumentError('cluster must be true, false, or an object with true or false for each kind.')
}

/** Undefined: this process is not to reap. */
function reaperLeaseMs(reaper: boolean | ReaperOptions): number | undefined {
  if (typeof reaper === 'boolean') return reaper ? defaultLeaseMs : undefined
  checkOptions('reaper', reaper, new Set(['leaseMs']))
  return positive('reaper.leaseMs', reaper.leaseMs ?? defaultLeaseMs)
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value < 2 ** 31) return value
  throw new InvalidArgumentError(
    `${option} is ${quoted(value)}; it must be a whole number of milliseconds from 1 to 2^31.`,
  )
}
