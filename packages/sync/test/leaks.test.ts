import { type ChangeFeed, memoryStore } from '@scopes/core'
import type { Observable } from 'rxjs'
import { expect, test } from 'vitest'
import { collectGarbage } from './collect-garbage.ts'
import { Session, open, openReader, openWriter } from './fixture.ts'

const rounds = 100_000

/** The feed, with its iterations counted. */
function counting(feed: ChangeFeed | undefined): ChangeFeed & { open: ChangeFeed['open']; readings: number } {
  if (feed === undefined) throw new Error('The store has a feed.')
  const counted = {
    coverage: feed.coverage,
    partitions: feed.partitions,
    readings: 0,
    probe: (...asked: Parameters<ChangeFeed['probe']>) => feed.probe(...asked),
    async *open(...asked: Parameters<ChangeFeed['open']>) {
      counted.readings++
      try {
        yield* feed.open(...asked)
      } finally {
        counted.readings--
      }
    },
  }
  return counted
}

async function heapUsed(): Promise<number> {
  await collectGarbage()
  return process.memoryUsage().heapUsed
}

test(`nothing leaks after ${rounds} rounds of subscribing and unsubscribing`, async () => {
  const { store, hit } = await openWriter(memoryStore())
  for (let number = 0; number < 10; number++) await hit(`s${number}`)
  const feed = counting(store.feed)
  const { scopes, cache } = await openReader(store, { feed })
  const handles = await Promise.all(Array.from({ length: 10 }, (_, number) => scopes.open(Session, `s${number}`)))
  const round = (number: number): void => {
    const handle = handles[number % handles.length]
    if (handle === undefined) return
    const watched: readonly Observable<unknown>[] = [
      handle.value$,
      handle.changes$,
      handle.select(({ hits }) => hits),
      scopes.status$,
      scopes.conflicts$,
    ]
    const subscriptions = watched.map(each => each.subscribe())
    for (const subscription of subscriptions) subscription.unsubscribe()
  }
  for (let number = 0; number < 1000; number++) round(number)
  const before = await heapUsed()
  for (let number = 0; number < rounds; number++) round(number)
  const grown = (await heapUsed()) - before
  // 5 subscriptions a round: less than 10 bytes of each would be left.
  expect(grown).toBeLessThan(rounds * 5 * 10)
  expect(feed.readings).toBe(1)
  expect(cache.size).toBe(10)
  await hit('s1')
  await expect.poll(() => handles[1]?.value.hits, { interval: 1 }).toBe(2)
})

test('subscriptions to all changes share one reading, which ends with the last of them', async () => {
  const { store, hit } = await openWriter(memoryStore())
  await hit('s1')
  const feed = counting(store.feed)
  const { scopes } = await openReader(store, { feed })
  for (let number = 0; number < 1000; number++) {
    const subscriptions = [scopes.changes().subscribe(), scopes.changes({ kinds: ['session'] }).subscribe()]
    await Promise.resolve()
    for (const subscription of subscriptions) subscription.unsubscribe()
  }
  await expect.poll(() => feed.readings, { interval: 1 }).toBe(1)
})

test('of scopes that were opened and do not exist nothing is left', async () => {
  const { store, hit } = await openWriter(memoryStore())
  await hit('s1')
  const { scopes, cache } = await openReader(store)
  for (let number = 0; number < 1000; number++) await scopes.open(Session, 's1')
  const before = await heapUsed()
  for (let number = 0; number < 20_000; number++) await scopes.open(Session, `unknown ${number}`)
  expect((await heapUsed()) - before).toBeLessThan(20_000 * 40)
  expect(cache.size).toBe(1)
})

test('without replicas the feed is read while somebody watches, and no longer', async () => {
  const { store, hit } = await openWriter(memoryStore())
  await hit('s1')
  const feed = counting(store.feed)
  const scopes = await open(store, { feed })
  const session = await scopes.open(Session, 's1')
  for (let number = 0; number < 1000; number++) {
    const subscriptions = [session.value$.subscribe(), session.changes$.subscribe()]
    await Promise.resolve()
    for (const subscription of subscriptions) subscription.unsubscribe()
  }
  await expect.poll(() => feed.readings, { interval: 1 }).toBe(0)
})
