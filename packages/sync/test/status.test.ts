import { type FeedStatus, memoryStore } from '@scopes/core'
import { type ManualClock, faultStore, manualClock } from '@scopes/testing'
import { describe, expect, test } from 'vitest'
import type { ReplicasOptions } from '../src/index.ts'
import { FeedInHand, caughtUp } from './feed-in-hand.ts'
import { type Reader, Session, openReader, openWriter, until } from './fixture.ts'

const soon = { interval: 1 }

interface World extends Reader {
  readonly clock: ManualClock
  readonly feed: FeedInHand
  readonly hit: (id: string) => Promise<string>
  readonly told: FeedStatus[]
}

/** A process with replicas whose feed is in hand, and s1 with one hit. */
async function openWorld(cached: ReplicasOptions = {}): Promise<World> {
  const clock = manualClock()
  const { store, hit } = await openWriter(memoryStore({ clock }))
  await hit('s1')
  const feed = new FeedInHand(store.feed)
  const reader = await openReader(store, { clock, feed, cached })
  const told: FeedStatus[] = []
  reader.scopes.status$.subscribe(status => told.push(status))
  return Object.assign(reader, { clock, feed, hit, told })
}

/** What an open reads, and whether the store was asked. */
async function read(
  world: World,
  options?: { readonly atLeast?: string; readonly maxStaleMs?: number },
): Promise<readonly [hits: number, source: 'memory' | 'store']> {
  const before = world.loads
  const { hits } = (await world.scopes.open(Session, 's1', options)).value
  return [hits, world.loads > before ? 'store' : 'memory']
}

const types = (statuses: readonly FeedStatus[]): readonly string[] =>
  statuses.map(status => (status.type === 'degraded' ? `degraded (${status.reason})` : status.type))

describe('the status is told: now, and each time that it changes', () => {
  test('catching up, then live; closed, idle', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const { scopes } = await openReader(store, { awaitsLive: false })
    const told: FeedStatus[] = []
    scopes.status$.subscribe(status => told.push(status))
    expect(types(told)).toEqual(['catching-up'])
    await until(scopes, 'live')
    await scopes.close()
    expect(types(told)).toEqual(['catching-up', 'live', 'idle'])
  })

  test('a feed that fails: degraded with its error, since when; catching up and live when it is back', async () => {
    const { scopes, clock, feed, told } = await openWorld()
    const since = clock.now()
    feed.cut()
    await until(scopes, 'degraded')
    expect(told.at(-1)).toMatchObject({
      type: 'degraded',
      reason: 'failed',
      since,
      error: { code: 'store-unavailable' },
    })
    feed.restore()
    await clock.advance(4000)
    expect(types(told)).toEqual(['live', 'degraded (failed)', 'catching-up', 'live'])
    expect(told[2]).toEqual({ type: 'catching-up', since })
  })

  test('a feed that ends by itself is degraded too', async () => {
    const { scopes, feed, told } = await openWorld()
    feed.cut('ended')
    await until(scopes, 'degraded')
    expect(types(told)).toEqual(['live', 'degraded (ended)'])
  })

  test('failing over and over: since stays, pauses grow, and the feed goes on where it was', async () => {
    const { scopes, clock, feed, told, hit } = await openWorld()
    const since = clock.now()
    feed.cut()
    await until(scopes, 'degraded')
    await hit('s1')
    const before = feed.openings.length
    await clock.advance(60_000)
    const tries = feed.openings.length - before
    // 60 s are 240 pauses of the shortest sort and 15 of the longest.
    expect(tries).toBeGreaterThanOrEqual(15)
    expect(tries).toBeLessThan(40)
    expect(new Set(feed.openings.slice(before).map(({ since: from }) => from)).size).toBe(1)
    expect(feed.openings.at(-1)?.since).not.toBe('beginning')
    for (const status of told.slice(1)) expect(status).toMatchObject({ type: 'degraded', since })
    feed.restore()
    await clock.advance(4000)
    expect(told.at(-1)).toEqual({ type: 'live' })
    // And when it fails the next time, the pauses begin anew.
    feed.cut()
    await until(scopes, 'degraded')
    const again = feed.openings.length
    await clock.advance(250)
    expect(feed.openings.length).toBeGreaterThan(again)
  })

  test('live is only what every partition has said', async () => {
    const { store } = await openWriter()
    const clock = manualClock()
    const feed = new FeedInHand(store.feed, { own: true, partitions: 2 })
    const { scopes } = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    feed.add(caughtUp(0, 0))
    feed.add(caughtUp(0, 0))
    await clock.advance(0)
    const told: FeedStatus[] = []
    scopes.status$.subscribe(status => told.push(status))
    expect(types(told)).toEqual(['catching-up'])
    feed.add(caughtUp(0, 1))
    await clock.advance(0)
    expect(types(told)).toEqual(['catching-up', 'live'])
    // Opened again, all have to say so again.
    feed.cut()
    await until(scopes, 'degraded')
    feed.restore()
    await clock.advance(4000)
    feed.add(caughtUp(clock.monotonic(), 1))
    await clock.advance(0)
    expect(types(told).slice(2)).toEqual(['degraded (failed)', 'catching-up'])
    feed.add(caughtUp(clock.monotonic(), 0))
    await clock.advance(0)
    expect(types(told).at(-1)).toBe('live')
  })

  test('what a long backlog has proven is old when it is over: the feed is asked once more', async () => {
    const { store } = await openWriter()
    const clock = manualClock()
    const feed = new FeedInHand(store.feed, { own: true })
    const { scopes } = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 10_000 } })
    await clock.advance(14_000)
    const probes = feed.probes
    feed.add(caughtUp(0))
    await clock.advance(0)
    const told: FeedStatus[] = []
    scopes.status$.subscribe(status => told.push(status))
    expect(types(told)).toEqual(['catching-up'])
    expect(feed.probes).toBeGreaterThanOrEqual(probes)
    feed.add(caughtUp(clock.monotonic()))
    await clock.advance(0)
    expect(types(told)).toEqual(['catching-up', 'live'])
  })

  test('a feed that is silent, though nothing tells: degraded when it proves nothing for maxLagMs', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const faulty = faultStore(store)
    const reader = await openReader(faulty, { clock, cached: { maxLagMs: 1000 } })
    const told: FeedStatus[] = []
    reader.scopes.status$.subscribe(status => told.push(status))
    faulty.faults.stopFeeding()
    const since = clock.now()
    await clock.advance(1500)
    expect(told.at(-1)).toMatchObject({ type: 'degraded', reason: 'silent', error: undefined })
    expect((told.at(-1) as { since: number }).since - since).toBeLessThanOrEqual(500)
    faulty.faults.resumeFeeding()
    await clock.advance(1000)
    expect(told.at(-1)).toEqual({ type: 'live' })
  })

  test('a feed that goes on and lags is catching up, since what it has proven', async () => {
    const clock = manualClock()
    const { store } = await openWriter(memoryStore({ clock }))
    const feed = new FeedInHand(store.feed, { own: true })
    const { scopes } = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1000 } })
    const told: FeedStatus[] = []
    scopes.status$.subscribe(status => told.push(status))
    const start = clock.now()
    feed.add(caughtUp(clock.monotonic()))
    await clock.advance(900)
    expect(told.at(-1)).toEqual({ type: 'live' })
    // It brings messages, and its answers are to older and older questions.
    for (let round = 0; round < 4; round++) {
      feed.add(caughtUp(100))
      await clock.advance(500)
    }
    expect(told.at(-1)).toEqual({ type: 'catching-up', since: start + 100 })
    feed.add(caughtUp(clock.monotonic()))
    await clock.advance(0)
    expect(told.at(-1)).toEqual({ type: 'live' })
  })
})

describe('what a read does meanwhile', () => {
  test('live: memory answers all who ask for no more than it can prove', async () => {
    const it = await openWorld()
    expect(await read(it)).toEqual([1, 'memory'])
    const stamp = await it.hit('s1')
    await expect.poll(async () => (await it.scopes.open(Session, 's1')).value.hits, soon).toBe(2)
    expect(await read(it, { atLeast: stamp })).toEqual([2, 'memory'])
    expect(await read(it, { maxStaleMs: 0 })).toEqual([2, 'store'])
  })

  test('degraded: the store is asked, whatever the options', async () => {
    const it = await openWorld()
    it.feed.cut()
    await until(it.scopes, 'degraded')
    const stamp = await it.hit('s1')
    expect(await read(it)).toEqual([2, 'store'])
    expect(await read(it)).toEqual([2, 'store'])
    expect(await read(it, { atLeast: stamp })).toEqual([2, 'store'])
    expect(await read(it, { maxStaleMs: 0 })).toEqual([2, 'store'])
    // The answers before are proofs of their own.
    await it.clock.advance(10)
    expect(await read(it, { maxStaleMs: 10 })).toEqual([2, 'memory'])
    expect(await read(it, { maxStaleMs: 9 })).toEqual([2, 'store'])
  })

  test("degraded with whenBehind: 'memory': plain opens go on with memory, the others ask for what it cannot prove", async () => {
    const it = await openWorld({ whenBehind: 'memory' })
    it.feed.cut()
    await until(it.scopes, 'degraded')
    const stamp = await it.hit('s1')
    expect(await read(it)).toEqual([1, 'memory'])
    await it.clock.advance(10)
    expect(await read(it, { maxStaleMs: 9 })).toEqual([2, 'store'])
    const newer = await it.hit('s1')
    expect(await read(it)).toEqual([2, 'memory'])
    expect(await read(it, { atLeast: stamp })).toEqual([2, 'memory'])
    expect(await read(it, { atLeast: newer })).toEqual([3, 'store'])
  })

  test('degraded and no store: an error, and nothing that could be taken for an empty scope', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const faulty = faultStore(store)
    const { scopes } = await openReader(faulty, { clock })
    faulty.faults.failing(true)
    await hit('s1')
    await until(scopes, 'degraded')
    await expect(scopes.open(Session, 's1')).rejects.toMatchObject({ code: 'store-unavailable' })
    faulty.faults.calm()
    await clock.advance(10_000)
    expect((await scopes.open(Session, 's1')).value.hits).toBe(2)
  })

  test('catching up at the beginning: the store is asked', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(store, { feed, awaitsLive: false })
    expect((await reader.scopes.open(Session, 's1')).value.hits).toBe(1)
    await reader.scopes.open(Session, 's1')
    expect(reader.loads).toBe(2)
  })

  test('back again: what was missed has come, and memory answers', async () => {
    const it = await openWorld()
    const held = await it.scopes.open(Session, 's1')
    it.feed.cut()
    await until(it.scopes, 'degraded')
    await it.hit('s1')
    await it.hit('s2')
    expect(held.value.hits).toBe(1)
    it.feed.restore()
    await it.clock.advance(4000)
    expect(held.value.hits).toBe(2)
    it.loads = 0
    expect((await it.scopes.open(Session, 's2')).value.hits).toBe(1)
    expect(it.loads).toBe(0)
  })

  test('a process that was stopped does not serve what is too old, also before any timer has run', async () => {
    const it = await openWorld({ maxLagMs: 1000 })
    it.feed.cut()
    await until(it.scopes, 'degraded')
    it.feed.restore()
    await it.clock.advance(5000)
    expect(await read(it)).toEqual([1, 'memory'])
    // The feed brings nothing while the process stands still, and its status is what it was.
    const stoppedAt = it.clock.monotonic()
    it.clock.monotonic = () => stoppedAt + 30_000
    expect(it.told.at(-1)).toEqual({ type: 'live' })
    expect(await read(it)).toEqual([1, 'store'])
  })
})
