import { type Scopes, openScopes } from '@scopes/core'
import { couchbaseStore, type CouchbaseStore } from '@scopes/couchbase'
import { type Collection, connect } from 'couchbase'
import { type Row, budgetRow } from '../rows.ts'
import { CounterScope } from '../sessions.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { type CouchbaseTarget, couchbaseTarget } from './couchbase-target.ts'

const names = {
  store: 'couchbase-store',
  one: 'couchbase-commits-1-scope',
  few: 'couchbase-commits-8-scopes',
  many: 'couchbase-commits-64-scopes',
}
/** Requests or commits that are under way at any time. */
const inFlight = 64
const milliseconds = 800
const warmUpRounds = 3
/** The smallest document of a scope, and what a commit of a counter adds to it. */
const documentBytes = 200
const frameBytes = 116

/** Does one thing after the other, forever: one of 64 that do it at once. */
type Worker = () => Promise<unknown>
type Way = 'bare' | keyof typeof names

/** What one way came to in one round. */
interface Result {
  readonly perSecond: number
  /** CPU time of this process for one, in microseconds. */
  readonly cpu: number
}

/** How much of what the SDK can do is left of it when the store, and when scopes use it. */
export const couchbaseCommits: Suite = {
  names: Object.values(names),
  async measure({ effort, progress }) {
    const target = await couchbaseTarget({ bucket: 'bench', vbuckets: 1024 })
    const { connectionString, bucket, username = '', password = '', scope, collections } = target.options
    // As the store does it: both are off, which makes the SDK faster.
    const quiet = { tracingConfig: { enableTracing: false }, metricsConfig: { enableMetrics: false } }
    const cluster = await connect(connectionString, { username, password, ...quiet })
    const collection = cluster
      .bucket(bucket)
      .scope(scope ?? '_default')
      .collection(collections ?? '_default')
    const store = couchbaseStore({ ...target.options, timeoutMs: 10_000 })
    const scopes = await openScopes({ application: 'bench', store })
    const workersOf: Readonly<Record<Way, (round: number) => Promise<readonly Worker[]>>> = {
      bare: () => bareWorkers(collection),
      store: round => storeWorkers(store, round),
      one: () => scopeWorkers(scopes, 1),
      few: () => scopeWorkers(scopes, 8),
      many: () => scopeWorkers(scopes, inFlight),
    }
    const ways = Object.keys(workersOf) as Way[]
    const results = Object.fromEntries(ways.map(way => [way, [] as Result[]])) as Record<Way, Result[]>
    try {
      for (let round = -warmUpRounds; round < effort.rounds; round++) {
        for (const way of ways) {
          progress(`couchbase: ${way}, round ${round + 1} of ${effort.rounds}`)
          const result = await run(await workersOf[way](round + warmUpRounds))
          if (round >= 0) results[way].push(result)
        }
      }
    } finally {
      await scopes.close()
      await cluster.close()
      await target.stop()
    }
    return rowsOf(results, target)
  },
}

/** Documents begin anew in each round, as compactions keep those of scopes short. */
async function bareWorkers(collection: Collection): Promise<readonly Worker[]> {
  const frame = Buffer.alloc(frameBytes, 'f')
  return Promise.all(
    Array.from({ length: inFlight }, async (_, index) => {
      const key = `bare:bench:${index}`
      await collection.upsert(key, Buffer.alloc(documentBytes, 'd'))
      return () => collection.binary().append(key, frame)
    }),
  )
}

async function storeWorkers(store: CouchbaseStore, round: number): Promise<readonly Worker[]> {
  const frame = Buffer.alloc(frameBytes, 'f')
  return Promise.all(
    Array.from({ length: inFlight }, async (_, index) => {
      const key = `store:bench:${process.pid}-${round}-${index}`
      let result = await store.insert(key, Buffer.alloc(documentBytes, 'd'))
      return async () => {
        if (result.type !== 'done') throw new Error(`${key} was refused: ${result.reason}.`)
        result = await store.append(key, frame, result.token)
      }
    }),
  )
}

async function scopeWorkers(scopes: Scopes, count: number): Promise<readonly Worker[]> {
  const handles = await Promise.all(
    Array.from({ length: count }, (_, index) => scopes.open(CounterScope, `${count}-${index}`)),
  )
  return Array.from({ length: inFlight }, (_, writer) => {
    const counter = handles[writer % count]
    if (counter === undefined) throw new RangeError(`There is no scope for writer ${writer}.`)
    return () => counter.update(draft => void draft.count++)
  })
}

async function run(workers: readonly Worker[]): Promise<Result> {
  let count = 0
  const before = process.cpuUsage()
  const begun = performance.now()
  const until = begun + milliseconds
  const work = async (worker: Worker): Promise<void> => {
    for (; performance.now() < until; count++) await worker()
  }
  await Promise.all(workers.map(work))
  const { user, system } = process.cpuUsage(before)
  return { perSecond: count / ((performance.now() - begun) / 1000), cpu: (user + system) / count }
}

function rowsOf(results: Readonly<Record<Way, readonly Result[]>>, target: CouchbaseTarget): readonly Row[] {
  const rate = (way: Way): string => median(results[way].map(({ perSecond }) => perSecond)).toFixed(0)
  const cpu = (way: Way): string => median(results[way].map(result => result.cpu)).toFixed(0)
  const row = (way: keyof typeof names, what: string): Row => {
    const ratios = results[way].map(({ perSecond }, round) => perSecond / (results.bare[round]?.perSecond ?? 0))
    const bare = `${rate('bare')} bare appends/s (${cpu('bare')} µs)`
    return budgetRow(
      {
        name: names[way],
        value: median(ratios),
        unit: 'x',
        note: `${what}: ${rate(way)}/s (${cpu(way)} µs of CPU each) to ${bare}, ${inFlight} in flight, on ${target.name}`,
      },
      { relation: '>=', limit: 0.9 },
    )
  }
  return [
    row('store', 'appends of the store to 64 documents'),
    row('one', 'commits to one scope'),
    row('few', 'commits to 8 scopes'),
    row('many', 'commits to 64 scopes'),
  ]
}
