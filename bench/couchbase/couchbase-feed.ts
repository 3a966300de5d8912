import { memoryStore, openScopes } from '@scopes/core'
import { couchbaseStore, type CouchbaseStore } from '@scopes/couchbase'
import { startChild } from '../child.ts'
import { type Row, budgetRow } from '../rows.ts'
import { watchedDelays } from '../micro/watched-delays.ts'
import { ObjectsScope, objectsState } from '../sessions.ts'
import { median, quantile } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import type { BacklogInput, BacklogMessage } from './backlog-process.ts'
import { type CouchbaseTarget, couchbaseTarget } from './couchbase-target.ts'

const names = {
  delay: 'couchbase-feed-delay',
  p99: 'couchbase-feed-delay-p99',
  open: 'couchbase-feed-open',
  rate: 'couchbase-feed-rate',
  memory: 'couchbase-feed-memory',
}
const vbuckets = 1024
const openings = 10
const documents = 20_000
/** So many objects are 1 KB as a document. */
const objects = 26
/** A million in all. */
const readings = 50
/** After these the process has what it needs. */
const warmReadings = 5

/** The changes feed of Couchbase: how late, how fast, and what it holds. */
export const couchbaseFeed: Suite = {
  names: Object.values(names),
  async measure({ progress }) {
    const target = await couchbaseTarget({ bucket: 'bench', vbuckets })
    const store = couchbaseStore({ ...target.options, timeoutMs: 10_000 })
    try {
      progress(`couchbase feed: commits at 100/s, seen by another process`)
      const delayed = await delayRows(store, target)
      progress('couchbase feed: opened from now')
      const opened = await openRow(store, target)
      progress(`couchbase feed: ${documents} documents, ${readings} times`)
      return [...delayed, opened, ...(await backlogRows(store, target))]
    } finally {
      await store.close()
      await target.stop()
    }
  },
}

async function delayRows(store: CouchbaseStore, { options, name: server }: CouchbaseTarget): Promise<readonly Row[]> {
  const scopes = await openScopes({ application: 'bench', store })
  const delays = await watchedDelays(scopes, { type: 'couchbase', options })
  const note = `${delays.length} commits at 100/s, 100-object sessions, ${server}; negative: seen before the acknowledgement`
  return [
    budgetRow({ name: names.delay, value: median(delays), unit: 'ms', note }, { relation: '<', limit: 1 }),
    budgetRow({ name: names.p99, value: quantile(delays, 0.99), unit: 'ms', note }, { relation: '<', limit: 5 }),
  ]
}

/** From the call until the first message: then every vbucket has its place, and nothing is missed. */
async function openRow({ feed }: CouchbaseStore, { name: server }: CouchbaseTarget): Promise<Row> {
  const times: number[] = []
  for (let opening = 0; opening < openings; opening++) {
    const begun = performance.now()
    for await (const { type } of feed?.open({ since: 'now' }) ?? []) {
      if (type === 'caught-up') break
    }
    times.push(performance.now() - begun)
  }
  const note = `from now, ${vbuckets} vbuckets on ${server}; median of ${openings}, the first ${(times[0] ?? 0).toFixed(0)} ms`
  return budgetRow({ name: names.open, value: median(times), unit: 'ms', note }, { relation: '<', limit: 150 })
}

async function backlogRows(store: CouchbaseStore, { options, name: server }: CouchbaseTarget): Promise<readonly Row[]> {
  const bytes = await documentBytes()
  for (let start = 0; start < documents; start += 200) {
    await Promise.all(Array.from({ length: 200 }, (_, index) => store.insert(`backlog:bench:${start + index}`, bytes)))
  }
  const input: BacklogInput = { options, documents, readings }
  const child = startChild<BacklogMessage>(new URL('backlog-process.js', import.meta.url), input, ['--expose-gc'])
  const results: BacklogMessage[] = []
  try {
    while (results.length < readings) results.push(await child.next())
  } finally {
    await child.stop()
  }
  const warm = results.slice(warmReadings)
  const grown = (warm.at(-1)?.memory ?? 0) - (warm[0]?.memory ?? 0)
  const cpu = median(warm.map(result => result.cpu)).toFixed(1)
  const note = `documents of ${bytes.length} bytes as changes, ${cpu} us of CPU each, ${server} in a process of its own`
  return [
    budgetRow(
      { name: names.rate, value: median(warm.map(({ perSecond }) => perSecond)), unit: 'changes/s', note },
      { relation: '>=', limit: 30_000 },
    ),
    budgetRow(
      {
        name: names.memory,
        value: grown / 2 ** 20,
        unit: 'MiB',
        note: `more held after ${readings * documents} changes`,
      },
      { relation: '<', limit: 10 },
    ),
  ]
}

/** A scope of 1 KB as it is stored. */
async function documentBytes(): Promise<Uint8Array> {
  const store = memoryStore()
  const scopes = await openScopes({ application: 'bench', store })
  const session = await scopes.open(ObjectsScope, 'visitor')
  await session.update(draft => void (draft.items = objectsState(objects).items))
  const document = await store.load(`${ObjectsScope.kind}:bench:visitor`)
  await scopes.close()
  if (document === undefined) throw new Error('The scope was not stored.')
  return document.bytes
}
