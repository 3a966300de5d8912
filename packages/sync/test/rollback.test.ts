import { type FeedMessage, type ScopeCopy, type Scopes, type StoredDocument, memoryStore } from '@scopes/core'
import { type ManualClock, faultStore, manualClock } from '@scopes/testing'
import { describe, expect, test } from 'vitest'
import { collectGarbage } from './collect-garbage.ts'
import { FeedInHand, caughtUp, common, documentOf } from './feed-in-hand.ts'
import { type Reader, Session, openReader, openWriter } from './fixture.ts'

interface World extends Reader {
  readonly clock: ManualClock
  readonly feed: FeedInHand
  readonly hit: (id: string) => Promise<string>
  readonly stored: (id: string) => Promise<StoredDocument>
  /** Puts the document in the place of the stored one, as a crash of the store does that nobody is told of. */
  readonly takeBack: (id: string, before: StoredDocument) => Promise<void>
  /** Delivers the documents as they are stored. */
  readonly deliver: (...ids: readonly string[]) => Promise<void>
}

/** A process whose feed brings only what the test says, with two partitions: s1 and s2 are in 0, s3 in 1. */
async function openWorld(): Promise<World> {
  const clock = manualClock()
  const { store, hit } = await openWriter(memoryStore({ clock }))
  const stored = async (id: string): Promise<StoredDocument> => {
    const document = await store.load(`session:shop:${id}`)
    if (document === undefined) throw new Error(`${id} is stored.`)
    return document
  }
  const feed = new FeedInHand(store.feed, { own: true, partitions: 2 })
  const deliver = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const { bytes, token } = await stored(id)
      feed.add(documentOf(id, bytes, token, id === 's3' ? 1 : 0))
    }
    await clock.advance(0)
  }
  const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
  for (const id of ['s1', 's2', 's3']) await hit(id)
  await deliver('s1', 's2', 's3')
  feed.add(caughtUp(0, 0))
  feed.add(caughtUp(0, 1))
  await clock.advance(0)
  return Object.assign(reader, {
    clock,
    feed,
    hit,
    stored,
    deliver,
    takeBack: async (id: string, before: StoredDocument) => {
      await store.replace(`session:shop:${id}`, before.bytes, (await stored(id)).token)
    },
  })
}

const rolledBack: FeedMessage = { ...common, type: 'rolled-back' }
const lost: FeedMessage = { ...common, type: 'lost' }

describe('rolled-back', () => {
  test('re-read: what is held is read again though no event names it, and told as a reset', async () => {
    const { scopes, clock, feed, hit, stored, takeBack, deliver } = await openWorld()
    const held = await scopes.open(Session, 's1')
    const told: string[] = []
    held.changes$.subscribe(change =>
      told.push(`${change.type} ${'reason' in change ? change.reason : change.version}`),
    )
    const before = await stored('s1')
    await hit('s1')
    await deliver('s1')
    await takeBack('s1', before)
    expect(held.value.hits).toBe(2)
    feed.add(rolledBack)
    await clock.advance(0)
    expect(held.value.hits).toBe(1)
    expect(told).toEqual(['updated 2', 'reset rolled-back'])
  })

  test('re-read: a replica that nobody holds is given up and read when it is opened; those of other partitions stay', async () => {
    const world = await openWorld()
    const { scopes, clock, feed, hit, stored, takeBack, deliver, cache } = world
    const before = await stored('s2')
    await hit('s2')
    await deliver('s2')
    await takeBack('s2', before)
    feed.add(rolledBack)
    feed.add(caughtUp(1, 0))
    await clock.advance(0)
    expect(cache.size).toBe(1)
    expect((await scopes.open(Session, 's2')).value.hits).toBe(1)
    expect(world.loads).toBe(1)
    expect((await scopes.open(Session, 's3')).value.hits).toBe(1)
    expect(world.loads).toBe(1)
  })

  test('what is held of another partition is not read again', async () => {
    const world = await openWorld()
    const { scopes, clock, feed } = world
    const held = await scopes.open(Session, 's3')
    feed.add(rolledBack)
    await clock.advance(0)
    expect(world.loads).toBe(0)
    feed.add({ ...rolledBack, partition: 1 })
    await clock.advance(0)
    expect([world.loads, held.value.hits]).toEqual([1, 1])
  })

  test('until the partition has caught up again the store is asked', async () => {
    const world = await openWorld()
    const { scopes, clock, feed } = world
    feed.add(rolledBack)
    await clock.advance(0)
    await scopes.open(Session, 's3')
    await scopes.open(Session, 's3')
    expect(world.loads).toBe(2)
    feed.add(caughtUp(1, 1))
    await clock.advance(0)
    await scopes.open(Session, 's3')
    expect(world.loads).toBe(3)
    world.loads = 2
    feed.add(caughtUp(1, 0))
    await clock.advance(0)
    await scopes.open(Session, 's3')
    expect(world.loads).toBe(2)
  })

  test('epoch: an answer that was asked for before it is not taken; the open asks again', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const before = await store.load('session:shop:s1')
    await hit('s1')
    const faulty = faultStore(store, { clock })
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(faulty, { clock, feed, awaitsLive: false })
    feed.add(caughtUp(0))
    await clock.advance(0)
    faulty.faults.hold('answers')
    const opening = reader.scopes.open(Session, 's1')
    await clock.advance(0)
    const lostState = await store.load('session:shop:s1')
    if (before === undefined || lostState === undefined) throw new Error('The scope is stored.')
    await store.replace('session:shop:s1', before.bytes, lostState.token)
    feed.add(rolledBack)
    await clock.advance(0)
    faulty.faults.release()
    expect((await opening).value.hits).toBe(1)
  })

  test('re-read: while the store fails it is tried again and again, and opens are errors and not old values', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const faulty = faultStore(store, { clock })
    const feed = new FeedInHand(store.feed, { own: true })
    const { scopes } = await openReader(faulty, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    const stored = await store.load('session:shop:s1')
    feed.add(documentOf('s1', stored?.bytes, stored?.token ?? 0n))
    feed.add(caughtUp(0))
    await clock.advance(0)
    const held = await scopes.open(Session, 's1')
    await hit('s1')
    faulty.faults.failing(true)
    feed.add(rolledBack)
    feed.add(caughtUp(1))
    await clock.advance(20_000)
    await expect(scopes.open(Session, 's1')).rejects.toMatchObject({ code: 'store-unavailable' })
    // The proof of before is one of what may have been taken back.
    const anyAge = scopes.open(Session, 's1', { maxStaleMs: 1_000_000 })
    await expect(anyAge).rejects.toMatchObject({ code: 'store-unavailable' })
    faulty.faults.failing(false)
    await clock.advance(5000)
    expect(held.value.hits).toBe(2)
  })
})

describe('lost', () => {
  test('what is held is read again, and what nobody holds is given up: it may have been removed meanwhile', async () => {
    const world = await openWorld()
    const { scopes, clock, feed, hit, cache } = world
    const held = await scopes.open(Session, 's1')
    await hit('s1')
    feed.add(lost)
    feed.add(caughtUp(1))
    await clock.advance(0)
    expect(held.value.hits).toBe(2)
    expect(cache.size).toBe(2)
    expect((await scopes.open(Session, 's2')).value.hits).toBe(1)
  })
})

describe('two histories', () => {
  test('conflict: a replica that nobody holds is not moved by a dead branch: the store is asked', async () => {
    const world = await openWorld()
    const { scopes, clock, feed, hit, stored, takeBack } = world
    const before = await stored('s1')
    await hit('s1')
    const dead = await stored('s1')
    await takeBack('s1', before)
    await hit('s1')
    await hit('s1')
    await world.deliver('s1')
    expect((await scopes.open(Session, 's1')).value.hits).toBe(3)
    // The old stream still brings what was lost, with a token that seems higher.
    feed.add(documentOf('s2', (await stored('s2')).bytes, dead.token + 1000n))
    feed.add(documentOf('s1', dead.bytes, dead.token + 1000n))
    await clock.advance(0)
    expect((await scopes.open(Session, 's1')).value.hits).toBe(3)
  })
})

describe('the place of the feed', () => {
  /** A process whose feed has not begun, and s1 with one hit. */
  async function openBefore(): Promise<World> {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    const notUsed = (): never => {
      throw new Error('Not in this test.')
    }
    return Object.assign(reader, { clock, feed, hit, stored: notUsed, takeBack: notUsed, deliver: notUsed })
  }

  test('slot: what was read before the feed has its place is read again, what is held and what is not', async () => {
    const { scopes, cache, clock, feed, hit } = await openBefore()
    const held = await scopes.open(Session, 's1')
    cache.set('session:shop:s2', await copyOf(scopes, 's1'))
    // In no message: the feed begins after it.
    await hit('s1')
    feed.add(caughtUp(0))
    await clock.advance(0)
    expect(held.value.hits).toBe(2)
    expect(cache.get('session:shop:s2')).toBeUndefined()
    expect((await scopes.open(Session, 's1')).value.hits).toBe(2)
  })

  test('slot: an answer that was under way before is not enough', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const faulty = faultStore(store, { clock })
    const feed = new FeedInHand(store.feed, { own: true })
    const { scopes } = await openReader(faulty, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    faulty.faults.next({ operation: 'load', fault: 'delay-answer', delayMs: 10 })
    const opening = scopes.open(Session, 's1')
    await clock.advance(0)
    await hit('s1')
    // The re-read takes long, and the answer from before comes first.
    faulty.faults.next({ operation: 'load', fault: 'delay-answer', delayMs: 1000 })
    feed.add(caughtUp(0))
    await clock.advance(20)
    expect((await opening).value.hits).toBe(1)
    expect((await scopes.open(Session, 's1')).value.hits).toBe(2)
  })

  test('slot: a feed that starts over, because it had no token yet, has what was missed in between read again', async () => {
    const { scopes, cache, clock, feed, hit } = await openBefore()
    feed.cut()
    const held = await scopes.open(Session, 's1')
    await hit('s1')
    feed.restore()
    await clock.advance(1000)
    feed.add(caughtUp(0))
    await clock.advance(0)
    expect(held.value.hits).toBe(2)
    expect(cache.get('session:shop:s1')?.document.version).toBe(2)
  })
})

describe('ends', () => {
  test('fence: what was found gone stays so when nobody holds it any more and the feed brings what was before', async () => {
    const clock = manualClock()
    const { store, hit } = await openWriter(memoryStore({ clock }))
    await hit('s1')
    const feed = new FeedInHand(store.feed, { own: true })
    const reader = await openReader(store, { clock, feed, awaitsLive: false, cached: { maxLagMs: 1_000_000 } })
    const first = await store.load('session:shop:s1')
    feed.add(documentOf('s1', first?.bytes, first?.token ?? 0n))
    feed.add(caughtUp(0))
    await clock.advance(0)
    await reader.scopes.open(Session, 's1')
    // W→ab; expires; P reads "not found"; then the feed brings the older ab.
    await hit('s1')
    const second = await store.load('session:shop:s1')
    await store.remove('session:shop:s1', second?.token ?? (0n as never))
    expect((await reader.scopes.open(Session, 's1', { maxStaleMs: 0 })).isStored).toBe(false)
    expect(reader.cache.get('session:shop:s1')).toBeUndefined()
    await collectGarbage()
    feed.add(documentOf('s1', second?.bytes, second?.token ?? 0n))
    await clock.advance(0)
    expect(reader.cache.get('session:shop:s1')).toBeUndefined()
    expect((await reader.scopes.open(Session, 's1')).isStored).toBe(false)
  })
})

async function copyOf(scopes: Scopes, id: string): Promise<ScopeCopy> {
  const { life, version } = await scopes.open(Session, id)
  if (life === undefined) throw new Error(`${id} is stored.`)
  return { document: { life, version } as ScopeCopy['document'], token: 1n as ScopeCopy['token'] }
}
