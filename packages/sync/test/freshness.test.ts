import { memoryStore } from '@scopes/core'
import { type FaultStore, type ManualClock, faultStore, manualClock } from '@scopes/testing'
import { describe, expect, test } from 'vitest'
import { FeedInHand, caughtUp, documentOf } from './feed-in-hand.ts'
import { type Reader, Session, openReader, openWriter } from './fixture.ts'

const soon = { interval: 1 }

interface World extends Reader {
  readonly clock: ManualClock
  readonly faulty: FaultStore
  readonly hit: (id: string) => Promise<string>
}

/** A process whose feed can be held up, and s1 with one hit. Its feed is never asked by time. */
async function openWorld(): Promise<World> {
  const clock = manualClock()
  const { store, hit } = await openWriter(memoryStore({ clock }))
  await hit('s1')
  const faulty = faultStore(store)
  const reader = await openReader(faulty, { clock, cached: { maxLagMs: 1_000_000 } })
  return Object.assign(reader, { clock, faulty, hit })
}

describe('read your own writes, made in another process, while the feed is held up', () => {
  test('a plain open may be behind; with the stamp it is not, and says contained', async () => {
    const { scopes, faulty, hit } = await openWorld()
    faulty.faults.stopFeeding()
    const stamp = await hit('s1')
    expect((await scopes.open(Session, 's1')).value.hits).toBe(1)
    const mine = await scopes.open(Session, 's1', { atLeast: stamp })
    expect([mine.freshness, mine.value.hits]).toEqual(['contained', 2])
  })

  test('what was read ahead of the feed is not taken back by what the feed brings then', async () => {
    const world = await openWorld()
    const { scopes, faulty, hit } = world
    const held = await scopes.open(Session, 's1')
    const seen: number[] = []
    held.select(({ hits }) => hits).subscribe(hits => seen.push(hits))
    faulty.faults.stopFeeding()
    for (let commit = 0; commit < 5; commit++) await hit('s1')
    const stamp = await hit('s1')
    await scopes.open(Session, 's1', { atLeast: stamp })
    expect(held.value.hits).toBe(7)
    faulty.faults.resumeFeeding()
    await hit('s1')
    await expect.poll(() => held.value.hits, soon).toBe(8)
    expect(seen).toEqual([1, 7, 8])
  })

  test('open never waits for the feed: a stamp of what was never stored is answered by the store', async () => {
    const { scopes, faulty, hit } = await openWorld()
    faulty.faults.stopFeeding()
    const stamp = await hit('s1')
    const [life] = stamp.split('.')
    const never = await scopes.open(Session, 's1', { atLeast: `${life}.9.00000000` })
    expect([never.freshness, never.value.hits]).toEqual(['lost', 2])
    const elsewhere = await scopes.open(Session, 's1', { atLeast: '0000000000000000.1.00000000' })
    expect([elsewhere.freshness, elsewhere.value.hits]).toEqual(['ended', 2])
  })

  test('ended: the scope was ended there and is known as alive here', async () => {
    const { scopes, faulty, hit } = await openWorld()
    const { writer } = await openWriter(faulty)
    const stamp = await hit('s1')
    await expect.poll(async () => (await scopes.open(Session, 's1')).value.hits, soon).toBe(2)
    faulty.faults.stopFeeding()
    await (await writer.open(Session, 's1')).end()
    // What memory holds contains the commit, and that is all that was asked for.
    expect((await scopes.open(Session, 's1', { atLeast: stamp })).freshness).toBe('contained')
    await scopes.open(Session, 's1', { maxStaleMs: 0 })
    expect((await scopes.open(Session, 's1', { atLeast: stamp })).freshness).toBe('ended')
  })
})

describe('maxStaleMs on replicas', () => {
  test('one question to the feed proves all scopes of the partition, also those that nobody has opened', async () => {
    const world = await openWorld()
    const { scopes, clock, hit } = world
    for (const id of ['s2', 's3', 's4']) await hit(id)
    await clock.advance(100)
    await scopes.open(Session, 's1', { maxStaleMs: 50 })
    expect(world.loads).toBe(1)
    await clock.advance(0)
    for (const id of ['s1', 's2', 's3', 's4']) await scopes.open(Session, id, { maxStaleMs: 50 })
    expect(world.loads).toBe(1)
    await clock.advance(51)
    await scopes.open(Session, 's2', { maxStaleMs: 50 })
    expect(world.loads).toBe(2)
  })

  test('the feed is asked only while somebody wants to know, and never twice at once', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    feed.add(caughtUp(0))
    await clock.advance(100)
    await reader.scopes.open(Session, 's1')
    expect(feed.probes).toBe(0)
    for (let open = 0; open < 10; open++) {
      await clock.advance(100)
      await reader.scopes.open(Session, 's1', { maxStaleMs: 50 })
    }
    // It has not answered yet, and each of these opens has asked the store.
    expect(feed.probes).toBe(1)
    expect(reader.loads).toBe(11)
    feed.add(caughtUp(clock.monotonic()))
    await clock.advance(50)
    await reader.scopes.open(Session, 's1', { maxStaleMs: 50 })
    expect(reader.loads).toBe(11)
  })

  test('asof-sent: what the feed proves counts from when it was asked', async () => {
    const world = await openWorld()
    const { scopes, clock, faulty } = world
    await clock.advance(1000)
    await scopes.open(Session, 's2', { maxStaleMs: 50 })
    faulty.faults.stopFeeding()
    await clock.advance(100)
    faulty.faults.resumeFeeding()
    await clock.advance(0)
    world.loads = 0
    await scopes.open(Session, 's1', { maxStaleMs: 99 })
    expect(world.loads).toBe(1)
  })

  test('asof-event: an event proves nothing, and ends the proof of the read before', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    feed.add(caughtUp(0))
    await clock.advance(1000)
    await reader.scopes.open(Session, 's1', { maxStaleMs: 10 })
    await reader.scopes.open(Session, 's1', { maxStaleMs: 10 })
    expect(reader.loads).toBe(1)
    await hit('s1')
    const stored = await store.load('session:shop:s1')
    await hit('s1')
    feed.add(documentOf('s1', stored?.bytes, stored?.token ?? 0n))
    await clock.advance(0)
    expect((await reader.scopes.open(Session, 's1', { maxStaleMs: 10 })).value.hits).toBe(3)
    expect(reader.loads).toBe(2)
  })

  test('asof-position: a proof of another partition is none', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true, partitions: 2 })
    const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    feed.add(caughtUp(0, 0))
    feed.add(caughtUp(0, 1))
    await clock.advance(1000)
    const stored = await store.load('session:shop:s1')
    feed.add(documentOf('s1', stored?.bytes, stored?.token ?? 0n, 1))
    await reader.scopes.open(Session, 's1')
    feed.add(caughtUp(1000, 0))
    await clock.advance(20)
    reader.loads = 0
    await reader.scopes.open(Session, 's1', { maxStaleMs: 10 })
    expect(reader.loads).toBe(1)
    await clock.advance(30)
    feed.add(caughtUp(1050, 1))
    await clock.advance(30)
    await reader.scopes.open(Session, 's1', { maxStaleMs: 40 })
    expect(reader.loads).toBe(1)
  })
})
