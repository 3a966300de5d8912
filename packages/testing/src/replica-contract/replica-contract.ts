import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'

import {
  defineScope,
  openScopes,
  systemClock,
  type Clock,
  type DocumentStore,
  type ScopeCache,
  type ScopeDefinition,
} from '@scopes/core'

import { within } from '../contract/within.ts'
import { faultStore } from '../fault-store.ts'
import { FollowedFeed } from '../history/run/followed-feed.ts'
import { type StoreCall, observedStore } from '../observed-store.ts'
import type { SystemPlace } from '../history/run/system-place.ts'
import { cacheClauses } from './cache-clauses.ts'
import { readingClauses } from './reading-clauses.ts'
import { type ReplicaClause, type ReplicaReader, sessionKey, type Visit } from './replica-clause.ts'

/** What the contract is run with. */
export interface ReplicaContractOptions {
  /** Registers one test: `test` of vitest, of `node:test`, or your own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown
  /** An empty place for the documents of one clause. */
  readonly setup: (clock: Clock) => Promise<SystemPlace>
  /** New replicas of the kind `session`, with room for 100 scopes at least, for which no feed is ever late. */
  readonly cache: () => ScopeCache
  /** How long a clause may take. Default 30,000. */
  readonly patienceMs?: number | undefined
}

const Session: ScopeDefinition<Visit> = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })

/**
 * Registers one test for each promise of replicas: of the cache by itself, and of a process that reads from it what another
 * writes, while the feed does what feeds may do.
 *
 * @example
 * replicaContract({ test, setup: memoryPlace, cache: () => replicas({ maxLagMs: 1_000_000 }) })
 */
export function replicaContract({ test, setup, cache, patienceMs = 30_000 }: ReplicaContractOptions): void {
  for (const clause of [...cacheClauses, ...readingClauses]) {
    test(clause.name, () => within(patienceMs, clause.name, runClause(clause, setup, cache)))
  }
}

async function runClause(
  clause: ReplicaClause,
  setup: ReplicaContractOptions['setup'],
  cache: () => ScopeCache,
): Promise<void> {
  const place = await setup(systemClock)
  const store = await place.open()
  const writer = await openScopes({ application: 'shop', store })
  const closing: (() => Promise<void>)[] = [() => writer.close()]
  try {
    await clause.run({
      Session,
      writer,
      store,
      cache,
      openReader: async () => {
        const { reader, close } = await openReader(await place.open(), cache())
        closing.push(close)
        return reader
      },
      hit: async id => {
        await (await writer.open(Session, id)).update(draft => void draft.hits++)
        return (await store.load(sessionKey(id))) ?? assert.fail('what was committed is not stored')
      },
    })
  } finally {
    for (const close of closing.toReversed()) await close()
    await place.teardown()
  }
}

async function openReader(
  store: DocumentStore,
  cache: ScopeCache,
): Promise<{ readonly reader: ReplicaReader; readonly close: () => Promise<void> }> {
  const faulty = faultStore(store)
  const feed = new FollowedFeed(faulty.feed ?? assert.fail('the store has no feed'))
  let loads = 0
  const onCall = ({ method }: StoreCall): void => void (method === 'load' && loads++)
  const counting = { ...observedStore(faulty, { onCall }), feed }
  // The pause before a feed is opened again is not waited for.
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => (ms < 10_000 ? setImmediate() : systemClock.sleep(ms, signal)),
  }
  const scopes = await openScopes({ application: 'shop', store: counting, cluster: false, cache, clock })
  await new Promise<void>(resolve => {
    scopes.status$.subscribe(({ type }) => type === 'live' && resolve())
  })
  loads = 0
  const settle = async (): Promise<void> => {
    const asOf = systemClock.monotonic()
    do {
      await feed.probe()
      await setImmediate()
    } while (!feed.isCaughtUp(asOf))
    await setImmediate()
  }
  return {
    close: () => scopes.close(),
    reader: {
      scopes,
      faults: faulty.faults,
      settle,
      get loads() {
        return loads
      },
    },
  }
}
