import { type DocumentStore, type Scopes, memoryStore, openScopes } from '@scopes/core'
import { faultStore, manualClock } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Activity } from '../../src/web/activity.ts'
import { Listing } from '../../src/web/listing.ts'
import type { Sample } from '../../src/web/page-data.ts'
import { Rates } from '../../src/web/rates.ts'
import { StoreWatch } from '../../src/web/store-watch.ts'
import { Session } from './open-inspector.ts'

interface Watched {
  readonly watch: StoreWatch
  readonly activity: Activity
  readonly scopes: Scopes
  readonly clock: ReturnType<typeof manualClock>
  /** What has been counted since the last call. */
  readonly sample: () => Sample
  /** Resolves when the watch has been told of that version. */
  readonly until: (id: string, version: number) => Promise<void>
}

async function watched(store: DocumentStore = memoryStore()): Promise<Watched> {
  const clock = manualClock()
  const rates = new Rates(false)
  const activity = new Activity(rates)
  const scopes = await openScopes({ application: 'shop', store, process: 'worker-1', reaper: false })
  const watch = new StoreWatch(store, clock, {
    onChange: (change, bytes) => activity.take(change, bytes, clock.now()),
  })
  onTestFinished(async () => {
    watch.stop()
    await scopes.close()
  })
  await watch.atLeast(Infinity)
  const until = async (id: string, version: number): Promise<void> => {
    await expect.poll(() => watch.index.find(`session:shop:${id}`)?.version).toBe(version)
  }
  return { watch, activity, scopes, clock, until, sample: () => rates.close(clock.now()) }
}

test('what was there before it looked is no activity; what happens then is told with who did it, and counted', async () => {
  const store = memoryStore()
  const before = await openScopes({ application: 'shop', store, reaper: false })
  const old = await before.open(Session, 'old')
  await old.update(draft => void draft.hits++)
  const { activity, scopes, sample, until } = await watched(store)
  expect(activity.read()).toEqual([])
  expect(sample()).toMatchObject({ commits: 0, ends: 0 })

  const session = await scopes.open(Session, 'old', { request: 'POST /cart' })
  await session.update(draft => void draft.hits++)
  const drafts = [session.draft(), session.draft()]
  for (const [index, work] of drafts.entries()) work.value.cart = [{ sku: 'A', quantity: index }]
  for (const work of drafts) await work.commit()
  await (await scopes.open(Session, 'new')).update(draft => void draft.hits++)
  await until('new', 1)
  await until('old', 4)
  expect(activity.read()).toMatchObject([
    { id: 'old', what: 'committed', version: 2, process: 'worker-1', request: 'POST /cart' },
    { id: 'old', what: 'committed', version: 3 },
    { id: 'old', what: 'merged', version: 4, baseVersion: 2 },
    { id: 'new', what: 'created', version: 1 },
  ])
  expect(sample()).toMatchObject({ commits: 4, merged: 1, ends: 0 })

  await session.end('logout')
  await until('old', 5)
  expect(activity.read()).toMatchObject([{ id: 'old', what: 'ended' }])
  expect(sample()).toMatchObject({ commits: 0, ends: 1 })
})

test('a feed that fails is told, and read on where it was', async () => {
  const store = faultStore(memoryStore(), { seed: 1 })
  const { watch, scopes, clock, until } = await watched(store)
  expect(watch.lamp).toEqual({ status: 'live' })
  store.faults.nextMessage({ fault: 'fail' })
  await (await scopes.open(Session, 'a')).update(draft => void draft.hits++)
  await expect.poll(() => watch.lamp.status).toBe('degraded')
  await clock.advance(5000)
  await until('a', 1)
  await expect.poll(() => watch.lamp.status).toBe('live')
})

test('a log that was cut off: what is not told again is gone', async () => {
  const store = faultStore(memoryStore(), { seed: 1 })
  const { watch, scopes, until } = await watched(store)
  for (const id of ['a', 'b']) await (await scopes.open(Session, id)).update(draft => void draft.hits++)
  await until('b', 1)
  const document = await store.load('session:shop:a')
  store.faults.nextMessage({ fault: 'gap' })
  if (document) await store.remove('session:shop:a', document.token)
  await expect.poll(() => watch.index.find('session:shop:a')).toBeUndefined()
  expect(watch.index.totals).toMatchObject({ live: 1, kinds: { session: 1 } })
})

test('the list is ordered by each column, and kept while nothing changes', async () => {
  const { watch, scopes, until } = await watched()
  for (const [id, hits] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const) {
    const session = await scopes.open(Session, id)
    for (let version = 1; version <= hits; version++) await session.update(draft => void draft.hits++)
    await until(id, hits)
  }
  const listing = new Listing(watch.index)
  const ids = (order: 'changed' | 'key' | 'version' | 'size'): string =>
    listing
      .window({ text: '', kind: undefined, state: undefined, order, offset: 0, limit: 9 })
      .entries.map(({ id }) => id)
      .join('')
  expect(ids('changed')).toBe('cba')
  expect(ids('key')).toBe('abc')
  expect(ids('version')).toBe('acb')
  expect(ids('size')).toBe('acb')
})

test('locks, lists of indexes and what is no scope are left out', async () => {
  const store = memoryStore()
  for (const key of ['lock:-:invoices', 'index:shop:x', 'end:shop:y', 'nothing'])
    await store.insert(key, Buffer.from('x'))
  const { watch } = await watched(store)
  expect(watch.index.size).toBe(0)
})

test('a store without a feed has no list, and says why', async () => {
  const watch = new StoreWatch({ feed: undefined }, manualClock(), { onChange: () => {} })
  await watch.atLeast(1)
  expect(watch.isPartial).toBe(true)
  expect(watch.lamp).toMatchObject({ status: 'degraded', reason: 'the store has no changes feed' })
})
