import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'

import { type Clock, type DocumentStore, type Scopes, openScopes } from '@scopes/core'

import { within } from '../contract/within.ts'
import { faultStore } from '../fault-store.ts'
import { FollowedFeed } from '../history/run/followed-feed.ts'
import type { SystemPlace } from '../history/run/system-place.ts'
import { manualClock, type ManualClock } from '../manual-clock.ts'
import { observedStore } from '../observed-store.ts'
import { clockClauses } from './clock-clauses.ts'
import { handlerClauses } from './handler-clauses.ts'
import { indexClauses } from './index-clauses.ts'
import type { LifeClause, LifeProcess, LifeProcessOptions } from './life-clause.ts'
import { lifetimeClauses } from './lifetime-clauses.ts'
import { reaperClauses } from './reaper-clauses.ts'

/** Something wrong that is put into otherwise sound scopes. */
export interface LifeFlaw {
  readonly scopes?: (scopes: Scopes) => Scopes
  /** Between the process and its network. */
  readonly store?: (store: DocumentStore) => DocumentStore
  readonly clock?: (clock: Clock) => Clock
}

/** What the contract is run with. */
export interface LifeContractOptions {
  /** Registers one test: `test` of vitest, of `node:test`, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** An empty place for the documents of one clause, whose stores judge time by this clock. */
  readonly setup: (clock: Clock) => Promise<SystemPlace>
  /** How long a clause may take. Default 30,000. */
  readonly patienceMs?: number | undefined
  /** Something wrong, to see that it is found. Default: nothing. */
  readonly flaw?: LifeFlaw | undefined
}

/**
 * Registers one test for each promise about the life of a scope on a store that several processes share: the lifetime that one
 * scope has for itself, what a rotation moves, that `endAll` misses nobody, what
 * wrong clocks cannot do, that handlers are told of ends, and that scopes end which nobody uses.
 *
 * @example
 * lifeContract({ test, setup: memoryPlace })
 */
export function lifeContract({ test, setup, patienceMs = 30_000, flaw = {} }: LifeContractOptions): void {
  for (const clause of [...lifetimeClauses, ...indexClauses, ...clockClauses, ...handlerClauses, ...reaperClauses]) {
    test(clause.name, () => within(patienceMs, clause.name, runClause(clause, setup, { flaw, patienceMs })))
  }
}

async function runClause(
  clause: LifeClause,
  setup: LifeContractOptions['setup'],
  { flaw, patienceMs }: { readonly flaw: LifeFlaw; readonly patienceMs: number },
): Promise<void> {
  const clock = manualClock()
  const place = await setup(clock)
  const store = await place.open()
  await store.open()
  const started: StartedProcess[] = []
  const traffic = { underWay: 0 }
  try {
    await clause.run({
      store,
      clock,
      pass: ms => pass(clock, ms, traffic),
      until: async (what, holds) => {
        const end = performance.now() + patienceMs / 2
        while (!(await holds())) {
          assert.ok(performance.now() < end, `${what}: it does not come to that`)
          await pass(clock, stepMs, traffic)
        }
      },
      settled: async () => {
        await pass(clock, 1, traffic)
        const asOf = clock.monotonic()
        const feeds = started.flatMap(({ feed }) => feed ?? [])
        await Promise.all(feeds.map(feed => feed.probe()))
        while (!feeds.every(feed => feed.isCaughtUp(asOf))) await setImmediate()
      },
      start: async (name, options) => {
        const process = await startProcess(name, await place.open(), { clock, flaw, traffic }, options)
        started.push(process)
        return process
      },
    })
  } finally {
    for (const process of started) await process.end()
    await store.close()
    await place.teardown()
  }
}

interface Traffic {
  /** How many calls to the stores are not answered yet. */
  underWay: number
}

/** What all processes of a clause share. */
interface Surroundings {
  readonly clock: ManualClock
  readonly flaw: LifeFlaw
  readonly traffic: Traffic
}

interface StartedProcess extends LifeProcess {
  /** What its reaper reads; undefined: it has none. */
  readonly feed: FollowedFeed | undefined
  end(): Promise<void>
}

async function startProcess(
  name: string,
  store: DocumentStore,
  { clock, flaw, traffic }: Surroundings,
  { skewMs = 0, reaper = false }: LifeProcessOptions = {},
): Promise<StartedProcess> {
  const wall: { skewMs: number; stoodAt: number | undefined } = { skewMs, stoodAt: undefined }
  const asked: Clock = {
    now: () => clock.now() + wall.skewMs,
    monotonic: () => wall.stoodAt ?? clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
  const counted = observedStore(store, { onCall: () => traffic.underWay++, onOver: () => traffic.underWay-- })
  const faulty = faultStore(counted, { clock })
  const flawed = flaw.store?.(faulty) ?? faulty
  const feed = reaper !== false && flawed.feed ? new FollowedFeed(flawed.feed) : undefined
  const scopes = await openScopes({
    application: 'shop',
    process: name,
    store: flawed,
    ...(feed && { feed }),
    clock: flaw.clock?.(asked) ?? asked,
    reaper,
  })
  return {
    scopes: flaw.scopes?.(scopes) ?? scopes,
    faults: faulty.faults,
    feed,
    setSkew: ms => {
      wall.skewMs = ms
    },
    believe: () => {
      wall.stoodAt = clock.monotonic()
    },
    end: async () => {
      faulty.faults.calm()
      let isClosed = false
      const closing = scopes.close().finally(() => {
        isClosed = true
      })
      // What it waits for by its clock is waited for no more.
      while (!isClosed) await pass(clock, 1000, traffic)
      await closing
    },
  }
}

/** Less than any time-out: what begins within a step is not late at its end, whatever real time it takes. */
const stepMs = 500

async function pass(clock: ManualClock, ms: number, traffic: Traffic): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(Math.min(stepMs, ms - passed))
    for (let turns = 0; traffic.underWay > 0 || turns < 2; turns++) await setImmediate()
  }
}
