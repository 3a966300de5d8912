import { memoryCache, openScopes, type ChangeFeed, type Clock, type DocumentStore, type ScopeCache } from '@scopes/core'
import { faultStore, type FaultStore } from '../../fault-store.ts'
import { observedStore } from '../../observed-store.ts'
import type { CheckedEnd, CheckedScopes } from '../checked-engine.ts'
import type { HistoryRecorder } from '../history-recorder.ts'
import { RecordedScopes } from '../recorded-scopes.ts'
import type { ScopesObserver } from '../scopes-observer.ts'
import { FollowedFeed } from './followed-feed.ts'
import type { ProcessPlan, SystemPlan } from './system-plan.ts'
import { ProcessClock } from './process-clock.ts'
import type { SystemPlace } from './system-place.ts'

/** Something wrong that is put into an otherwise sound system. */
export interface EngineFlaw {
  /** Over the store that all faults are over. */
  readonly store?: (store: DocumentStore) => DocumentStore
  /** Over the feed that the engine reads. */
  readonly feed?: (feed: ChangeFeed) => ChangeFeed
  /** Over the engine itself. */
  readonly scopes?: (scopes: CheckedScopes) => CheckedScopes
  /** Over the clock that the engine goes by. */
  readonly clock?: (clock: Clock) => Clock
}

/** What a process is started with. */
interface StartOptions {
  readonly name: string
  readonly plan: SystemPlan
  readonly process: ProcessPlan
  readonly place: SystemPlace
  readonly clock: Clock
  readonly recorder: HistoryRecorder
  /** Of its faults. */
  readonly seed: number
  readonly flaw: EngineFlaw
  readonly feedPartitions: number | undefined
  /** A cache that the feed keeps current; undefined: none. */
  readonly replicas: (() => ScopeCache) | undefined
  /** How far its wall clock is ahead at first, in milliseconds. */
  readonly skewMs: number
  /** What its handlers do when they are told of an end; undefined: it has none. */
  readonly onEnd: ((ended: CheckedEnd, clock: Clock) => Promise<void>) | undefined
}

/** A process of a run: scopes of its own behind a network of its own. */
export interface SystemProcess {
  readonly plan: ProcessPlan
  /** Every handle follows the feed, also those that nobody watches. */
  readonly isFed: boolean
  readonly scopes: RecordedScopes
  readonly faults: FaultStore['faults']
  /** How many calls to the store are not answered yet. */
  readonly underWay: () => number
  readonly feed: FollowedFeed
  readonly observer: ScopesObserver | undefined
  /** Stands still for a while where the run has locks, and its clock with it. */
  stand(ms: number): Promise<void>
  /** Its wall clock is so far ahead from now on, in milliseconds. */
  setClock(skewMs: number): void
  /** Afterwards it has closed in good order, as far as the store lets it. */
  close(): Promise<void>
  /** Afterwards nobody hears of it any more; what it has sent may still arrive. */
  kill(): void
  /** Afterwards what a killed process held is given back. */
  bury(): Promise<void>
}

/** How long a place may take to open, in real milliseconds: it may be one that is being started again. */
export const openTimeoutMs = 60_000

/** Of the reaper, where handlers are told, in milliseconds. */
const handlerLeaseMs = 3000

/** Starts a process. */
export async function startProcess(options: StartOptions): Promise<SystemProcess> {
  const { name, plan, process, place, clock, recorder, seed, flaw, replicas, feedPartitions, skewMs, onEnd } = options
  const isFed = process.isFed && replicas !== undefined
  const { rates, feedRates, isCluster, isBehind, maxScopes } = process
  let underWay = 0
  const store = observedStore(await place.open(), { onCall: () => underWay++, onOver: () => underWay-- })
  const own = new ProcessClock(clock)
  const used: Clock = plan.hasLocks || plan.clocks !== 'right' ? own : clock
  const flawed = flaw.store?.(store) ?? store
  const faulty = faultStore(flawed, { seed, rates, feedRates, feedPartitions, clock })
  if (faulty.feed === undefined) throw new TypeError('A run needs a store with a feed.')
  const feed = new FollowedFeed(flaw.feed?.(faulty.feed) ?? faulty.feed)
  const opened = await openScopes({
    application: 'check',
    store: faulty,
    feed,
    cluster: isCluster,
    backup: isBehind ? 'behind' : 'await',
    cache: isFed ? replicas() : memoryCache({ maxScopes }),
    commitTimeoutMs: plan.commitTimeoutMs,
    openTimeoutMs,
    process: name,
    clock: flaw.clock?.(used) ?? used,
    // Where ends are waited for, a process that dies is followed soon.
    reaper: plan.hasHandlers ? { leaseMs: handlerLeaseMs } : plan.hasReaper,
  })
  const checked: CheckedScopes = opened
  const recorded = { recorder, process: name, isFresh: isCluster, isBehind }
  const scopes = new RecordedScopes(flaw.scopes?.(checked) ?? checked, recorded)
  const setClock = (ms: number): void => {
    own.skewMs = ms
    scopes.setClock(ms)
  }
  if (skewMs !== 0) setClock(skewMs)
  if (onEnd) scopes.handle(plan.definition, ended => onEnd(ended, used))
  return {
    plan: process,
    isFed,
    scopes,
    faults: faulty.faults,
    underWay: () => underWay,
    feed,
    // Where nothing is told of what nobody holds, not everything has to be told.
    observer: process.isWatching && feed.coverage === 'all' ? scopes.watch() : undefined,
    stand: ms => own.stand(ms),
    setClock,
    close: () => scopes.close(),
    kill: () => {
      scopes.abandon()
      faulty.faults.failing(true)
    },
    bury: async () => {
      await opened.close().catch(() => undefined)
    },
  }
}
