import { type Clock, type DocumentStore, type Scopes, openScopes } from '@scopes/core'

import { within } from '../contract/within.ts'
import { faultStore } from '../fault-store.ts'
import type { SystemPlace } from '../history/run/system-place.ts'
import { manualClock } from '../manual-clock.ts'
import { indexClauses } from './index-clauses.ts'
import type { LifeClause, LifeProcess } from './life-clause.ts'
import { lifetimeClauses } from './lifetime-clauses.ts'

/** Something wrong that is put into otherwise sound scopes. */
export interface LifeFlaw {
  readonly scopes?: (scopes: Scopes) => Scopes
  /** Between the process and its network. */
  readonly store?: (store: DocumentStore) => DocumentStore
}

/** What the contract is run with. */
export interface LifeContractOptions {
  /** Registers one test: `test` of vitest, of `node:test`, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** An empty place for the documents of one clause, whose stores judge time by this clock. */
  readonly setup: (clock: Clock) => Promise<SystemPlace>
  /** How long a clause may take. Default 10,000. */
  readonly patienceMs?: number | undefined
  /** Something wrong, to see that it is found. Default: nothing. */
  readonly flaw?: LifeFlaw | undefined
}

/**
 * Registers one test for each promise about the life of a scope on a store that several processes share: the lifetime that one
 * scope has for itself, what a rotation moves, and that `endAll` misses nobody.
 *
 * @example
 * lifeContract({ test, setup: memoryPlace })
 */
export function lifeContract({ test, setup, patienceMs = 10_000, flaw = {} }: LifeContractOptions): void {
  for (const clause of [...lifetimeClauses, ...indexClauses]) {
    test(clause.name, () => within(patienceMs, clause.name, runClause(clause, setup, flaw)))
  }
}

async function runClause(clause: LifeClause, setup: LifeContractOptions['setup'], flaw: LifeFlaw): Promise<void> {
  const clock = manualClock()
  const place = await setup(clock)
  const store = await place.open()
  await store.open()
  const started: StartedProcess[] = []
  try {
    await clause.run({
      store,
      clock,
      start: async name => {
        const process = await startProcess(name, await place.open(), clock, flaw)
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

interface StartedProcess extends LifeProcess {
  end(): Promise<void>
}

async function startProcess(
  name: string,
  store: DocumentStore,
  clock: Clock,
  { scopes: broken, store: flawed }: LifeFlaw,
): Promise<StartedProcess> {
  const faulty = faultStore(store, { clock })
  const scopes = await openScopes({ application: 'shop', process: name, store: flawed?.(faulty) ?? faulty, clock })
  return {
    scopes: broken?.(scopes) ?? scopes,
    faults: faulty.faults,
    end: async () => {
      faulty.faults.calm()
      await scopes.close()
    },
  }
}
