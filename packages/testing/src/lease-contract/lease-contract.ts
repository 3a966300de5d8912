import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'

import {
  defineScope,
  openScopes,
  type Clock,
  type DocumentStore,
  type ScopeDefinition,
  type Scopes,
} from '@scopes/core'

import { within } from '../contract/within.ts'
import { faultStore } from '../fault-store.ts'
import type { SystemPlace } from '../history/run/system-place.ts'
import { manualClock, type ManualClock } from '../manual-clock.ts'
import { exclusionClauses } from './exclusion-clauses.ts'
import { faultClauses } from './fault-clauses.ts'
import type { LeaseClause, LeaseProcess, LeaseProcessOptions, LockingScopes, Till } from './lease-clause.ts'
import { takeoverClauses } from './takeover-clauses.ts'
import { writeClauses } from './write-clauses.ts'

/** Something wrong that is put into otherwise sound locks. */
export interface LeaseFlaw {
  readonly scopes?: (scopes: Scopes) => LockingScopes
  /** Beneath the network. */
  readonly beneath?: (store: DocumentStore) => DocumentStore
  /** Between the process and its network. */
  readonly store?: (store: DocumentStore, clock: Clock) => DocumentStore
  readonly clock?: (clock: Clock) => Clock
}

/** A place for documents that may have a time of its own. */
export interface LeasePlace extends Pick<SystemPlace, 'open' | 'teardown'> {
  /** Afterwards it is so much later for the stores, where they do not go by the clock that they were given. */
  readonly age?: ((ms: number) => Promise<void>) | undefined
}

/** What the contract is run with. */
export interface LeaseContractOptions {
  /** Registers one test: `test` of vitest, of `node:test`, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** An empty place for the documents of one clause, whose stores judge time by this clock. */
  readonly setup: (clock: Clock) => Promise<LeasePlace>
  /** How long a clause may take. Default 30,000. */
  readonly patienceMs?: number | undefined
  /** Something wrong, to see that it is found. Default: nothing. */
  readonly flaw?: LeaseFlaw | undefined
}

const Till: ScopeDefinition<Till> = defineScope({ kind: 'till', initial: (): Till => ({ count: 0 }) })

/**
 * Registers one test for each promise of `scopes.lock` on a store that several processes share: who holds a lock, when another
 * can have it, what a holder who was overtaken cannot do any more, and all of it while answers are lost and clocks are wrong.
 *
 * @example
 * leaseContract({ test, setup: memoryPlace })
 */
export function leaseContract({ test, setup, patienceMs = 30_000, flaw = {} }: LeaseContractOptions): void {
  for (const clause of [...exclusionClauses, ...takeoverClauses, ...writeClauses, ...faultClauses]) {
    test(clause.name, () => within(patienceMs, clause.name, runClause(clause, setup, { flaw, patienceMs })))
  }
}

async function runClause(
  clause: LeaseClause,
  setup: LeaseContractOptions['setup'],
  { flaw, patienceMs }: { readonly flaw: LeaseFlaw; readonly patienceMs: number },
): Promise<void> {
  const time = manualClock()
  const place = await setup(time)
  const store = await place.open()
  await store.open()
  const started: StartedProcess[] = []
  try {
    await clause.run({
      Till,
      store,
      age: async ms => {
        await time.advance(ms)
        await place.age?.(ms)
      },
      start: async (name, options) => {
        const process = await startProcess(name, await place.open(), flaw, options)
        started.push(process)
        return process
      },
      until: async (what, holds) => {
        const end = performance.now() + patienceMs / 2
        while (!holds()) {
          assert.ok(performance.now() < end, `${what}: it does not come to that`)
          await setImmediate()
        }
      },
    })
  } finally {
    for (const process of started) await process.end()
    await store.close()
    await place.teardown()
  }
}

interface StartedProcess extends LeaseProcess {
  end(): Promise<void>
}

async function startProcess(
  name: string,
  store: DocumentStore,
  { scopes: broken, store: flawed, beneath, clock: skewed }: LeaseFlaw,
  { application = 'shop', skewMs = 0, commitTimeoutMs = 10_000 }: LeaseProcessOptions = {},
): Promise<StartedProcess> {
  const own = manualClock()
  const asked: Clock = {
    now: () => own.now() + skewMs,
    monotonic: () => own.monotonic(),
    sleep: (ms, signal) => own.sleep(ms, signal),
  }
  const clock = skewed?.(asked) ?? asked
  const traffic = { underWay: 0, lockRequests: 0 }
  const faulty = faultStore(counted(beneath?.(store) ?? store, traffic), { clock })
  const opened = await openScopes({
    application,
    process: name,
    store: flawed?.(faulty, clock) ?? faulty,
    clock,
    commitTimeoutMs,
  })
  return {
    name,
    scopes: broken?.(opened) ?? opened,
    faults: faulty.faults,
    get lockRequests() {
      return traffic.lockRequests
    },
    pass: ms => pass(own, ms, traffic),
    end: async () => {
      faulty.faults.calm()
      let isClosed = false
      const closing = opened.close().finally(() => {
        isClosed = true
      })
      // What it waits for by its clock is waited for no more.
      while (!isClosed) await pass(own, 1000, traffic)
      await closing
    },
  }
}

interface Traffic {
  underWay: number
  lockRequests: number
}

/** In small steps, each when all that was asked before is answered. */
async function pass(clock: ManualClock, ms: number, traffic: Traffic): Promise<void> {
  const stepMs = 50
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(Math.min(stepMs, ms - passed))
    for (let turns = 0; traffic.underWay > 0 || turns < 2; turns++) await setImmediate()
  }
}

/** The store, with its requests counted. */
function counted(store: DocumentStore, traffic: Traffic): DocumentStore {
  const track = async <Answer>(key: string, answer: Promise<Answer>): Promise<Answer> => {
    traffic.underWay++
    if (key.startsWith('lock:')) traffic.lockRequests++
    try {
      return await answer
    } finally {
      traffic.underWay--
    }
  }
  return {
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => store.open(options),
    load: (key, options) => track(key, store.load(key, options)),
    insert: (key, bytes, options) => track(key, store.insert(key, bytes, options)),
    append: (key, bytes, token, options) => track(key, store.append(key, bytes, token, options)),
    replace: (key, bytes, token, options) => track(key, store.replace(key, bytes, token, options)),
    remove: (key, token, options) => track(key, store.remove(key, token, options)),
    close: () => store.close(),
  }
}
