import { type DocumentStore, decodeDocument, memoryStore } from '@scopes/core'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { replicas } from '../src/index.ts'
import { collectGarbage } from './collect-garbage.ts'
import { FeedInHand } from './feed-in-hand.ts'
import { Client, Session, open, openReader, openWriter, until } from './fixture.ts'

const soon = { interval: 1 }

describe('two processes on one store', () => {
  test('what was stored before is read from memory, and the store is not asked', async () => {
    const { store, hit } = await openWriter()
    for (let number = 0; number < 100; number++) await hit(`s${number}`, number + 1)
    const reader = await openReader(store)
    expect(reader.cache.size).toBe(100)
    for (let number = 0; number < 100; number++) {
      expect((await reader.scopes.open(Session, `s${number}`)).value.hits).toBe(number + 1)
    }
    expect(reader.loads).toBe(0)
  })

  test('what one commits, creates or ends the other reads from memory, and the store is not asked', async () => {
    const { store, writer, hit } = await openWriter()
    await hit('old')
    const reader = await openReader(store)
    await hit('old')
    await hit('new', 7)
    await (await writer.open(Session, 'new')).update(draft => void (draft.user = 'me'))
    const read = async (id: string): Promise<unknown> => (await reader.scopes.open(Session, id)).value
    await expect.poll(() => reader.cache.size, soon).toBe(2)
    await expect.poll(() => read('old'), soon).toEqual({ hits: 2 })
    await expect.poll(() => read('new'), soon).toEqual({ hits: 7, user: 'me' })
    await (await writer.open(Session, 'old')).end('logout')
    await expect
      .poll(async () => (await reader.scopes.open(Session, 'old')).ended, soon)
      .toMatchObject({
        reason: 'ended',
        detail: 'logout',
      })
    expect(reader.loads).toBe(0)
  })

  test('a handle shows what others commit, without a subscription', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store)
    const held = await reader.scopes.open(Session, 's1')
    await hit('s1')
    await expect.poll(() => held.value.hits, soon).toBe(2)
    expect(reader.loads).toBe(0)
  })

  test('what this process commits is in its memory when it is stored, and the store is not asked again', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store)
    const session = await reader.scopes.open(Session, 's1')
    await session.update(draft => void draft.hits++)
    expect((await reader.scopes.open(Session, 's1')).value.hits).toBe(2)
    await hit('s1')
    await expect.poll(() => session.value.hits, soon).toBe(3)
    expect(reader.loads).toBe(0)
  })

  test('a subscription begins with what memory has and misses nothing', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store)
    const session = await reader.scopes.open(Session, 's1')
    const seen = firstValueFrom(session.select(({ hits }) => hits).pipe(take(3), toArray()))
    await hit('s1')
    await expect.poll(() => session.value.hits, soon).toBe(2)
    await hit('s1')
    expect(await seen).toEqual([1, 2, 3])
    expect(reader.loads).toBe(0)
  })

  test('a handle that was made without asking the store learns what is stored when somebody watches it', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store, { cached: { maxReplicas: 1 } })
    await hit('s2')
    await expect.poll(() => reader.cache.get('session:shop:s1'), soon).toBeUndefined()
    const made = reader.scopes.create(Session, { id: 's1' })
    expect(await firstValueFrom(made.value$.pipe(filter(({ hits }) => hits === 1)))).toEqual({ hits: 1 })
  })

  test('a scope that the store does not have is asked for, each time: nobody says that it is not there', async () => {
    const { store } = await openWriter()
    const reader = await openReader(store)
    expect((await reader.scopes.open(Session, 'none')).isStored).toBe(false)
    expect((await reader.scopes.open(Session, 'none')).isStored).toBe(false)
    expect(reader.loads).toBe(2)
  })

  test('a document that was removed is not shown, and the store is asked', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store)
    const stored = await store.load('session:shop:s1')
    await store.remove('session:shop:s1', stored?.token ?? (0n as never))
    await expect.poll(async () => (await reader.scopes.open(Session, 's1')).isStored, soon).toBe(false)
  })

  test('when all handles are gone the replica goes on: the next open reads memory', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store)
    await (await reader.scopes.open(Session, 's1')).update(draft => void (draft.user = 'me'))
    await collectGarbage()
    await hit('s1')
    await collectGarbage()
    await hit('s1')
    await expect
      .poll(async () => (await reader.scopes.open(Session, 's1')).value, soon)
      .toEqual({ hits: 3, user: 'me' })
    expect(reader.loads).toBe(0)
  })

  test('fence: an end that was seen by a handle that is gone stays an end, whatever arrives late', async () => {
    const { store, writer, hit } = await openWriter()
    await hit('s1')
    const before = await store.load('session:shop:s1')
    const reader = await openReader(store)
    await reader.scopes.open(Session, 's1')
    await (await writer.open(Session, 's1')).end()
    await expect.poll(async () => (await reader.scopes.open(Session, 's1')).ended, soon).toBeDefined()
    await collectGarbage()
    // A store that has lost the end shows the life alive again; nobody here holds the scope.
    const marker = await store.load('session:shop:s1')
    if (before === undefined || marker === undefined) throw new Error('The scope is stored.')
    await store.replace('session:shop:s1', before.bytes, marker.token)
    await expect.poll(() => storedType(store), soon).toBe('ended')
    expect((await reader.scopes.open(Session, 's1')).isStored).toBe(false)
  })

  test('re-end: a process that saw the end by the feed alone ends that life again when it is revived', async () => {
    const { store, writer, hit } = await openWriter()
    await hit('s1')
    const before = await store.load('session:shop:s1')
    const reader = await openReader(store)
    // It knows the kind, and has never opened the scope.
    await reader.scopes.open(Session, 'another')
    await (await writer.open(Session, 's1')).end()
    const marker = await store.load('session:shop:s1')
    if (before === undefined || marker === undefined) throw new Error('The scope is stored.')
    await expect.poll(() => reader.cache.get('session:shop:s1')?.document.type, soon).toBe('ended')
    await store.replace('session:shop:s1', before.bytes, marker.token)
    await expect.poll(() => storedType(store), soon).toBe('ended')
  })
})

describe('bounds', () => {
  test('position: evicted while handles live, they show what others commit; the next open asks the store and is right', async () => {
    const { store, hit } = await openWriter()
    for (const id of ['s1', 's2', 's3', 's4']) await hit(id)
    const reader = await openReader(store, { cached: { maxReplicas: 2 } })
    expect(reader.cache.size).toBe(2)
    const handles = await Promise.all(['s1', 's2', 's3', 's4'].map(id => reader.scopes.open(Session, id)))
    for (const id of ['s1', 's2', 's3', 's4']) await hit(id)
    await expect.poll(() => handles.map(({ value }) => value.hits), soon).toEqual([2, 2, 2, 2])
    await collectGarbage()
    expect(reader.cache.size).toBe(2)
    for (const id of ['s1', 's2', 's3', 's4']) expect((await reader.scopes.open(Session, id)).value.hits).toBe(2)
  })

  test('what this process has committed itself is packed too, once the feed has brought it', async () => {
    const { store, hit } = await openWriter()
    for (const id of ['s1', 's2']) await hit(id)
    const reader = await openReader(store, { cached: { maxDecoded: 1 } })
    await (await reader.scopes.open(Session, 's1')).update(draft => void draft.hits++)
    await hit('s2')
    await expect.poll(async () => (await reader.scopes.open(Session, 's2')).value.hits, soon).toBe(2)
    await collectGarbage()
    expect((await reader.scopes.open(Session, 's1')).value.hits).toBe(2)
    expect(reader.loads).toBe(0)
  })

  test('a decoded copy that makes room is packed again, or read again where only its position was kept', async () => {
    const { store, hit } = await openWriter()
    for (const id of ['s1', 's2', 's3']) await hit(id)
    const reader = await openReader(store, { cached: { maxDecoded: 1 } })
    for (const id of ['s1', 's2', 's3', 's1', 's2', 's3']) {
      expect(reader.cache.get(`session:shop:${id}`)?.document.version).toBe(1)
    }
    expect(reader.cache.size).toBe(3)
  })
})

describe('kinds', () => {
  test('only those that are named are replicated; others are as without replicas', async () => {
    const { store, writer, hit } = await openWriter()
    await hit('s1')
    await (await writer.open(Client, 'c1')).update(draft => void draft.hits++)
    const reader = await openReader(store, { cached: { kinds: ['session'] } })
    expect(reader.cache.size).toBe(1)
    const client = await reader.scopes.open(Client, 'c1')
    expect(reader.loads).toBe(1)
    await (await writer.open(Client, 'c1')).update(draft => void draft.hits++)
    expect((await reader.scopes.open(Client, 'c1')).value.hits).toBe(1)
    expect(client.value.hits).toBe(1)
  })

  test('one that is not named can be watched all the same, and the replicas are not read anew', async () => {
    const { store, writer, hit } = await openWriter()
    await hit('s1')
    await (await writer.open(Client, 'c1')).update(draft => void draft.hits++)
    const feed = new FeedInHand(store.feed)
    const reader = await openReader(store, { feed, cached: { kinds: ['session'] } })
    const client = await reader.scopes.open(Client, 'c1')
    const seen = firstValueFrom(client.select(({ hits }) => hits).pipe(filter(hits => hits === 2)))
    await (await writer.open(Client, 'c1')).update(draft => void draft.hits++)
    expect(await seen).toBe(2)
    expect(feed.openings.map(({ kinds, since }) => [kinds, since === 'beginning'])).toEqual([
      [['session'], true],
      [undefined, false],
    ])
    await until(reader.scopes, 'live')
    await hit('s1')
    reader.loads = 0
    await expect.poll(async () => (await reader.scopes.open(Session, 's1')).value.hits, soon).toBe(2)
    expect(reader.loads).toBe(0)
  })

  test('of another application nothing is kept', async () => {
    const { store } = await openWriter()
    const elsewhere = await open(store, { application: 'other' })
    await (await elsewhere.open(Session, 's1')).update(draft => void draft.hits++)
    expect((await openReader(store)).cache.size).toBe(0)
  })

  test('with cluster: true the store is asked at each open', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const reader = await openReader(store, { cluster: true })
    expect((await reader.scopes.open(Session, 's1')).value.hits).toBe(1)
    expect(reader.loads).toBe(1)
  })
})

describe('use', () => {
  test('replicas belong to one openScopes at a time', async () => {
    const cache = replicas()
    const first = await open(memoryStore(), { cache })
    await expect(open(memoryStore(), { cache })).rejects.toMatchObject({ code: 'invalid-argument' })
    await first.close()
    await open(memoryStore(), { cache })
  })

  test('a store that cannot be opened does not keep them', async () => {
    const cache = replicas()
    const store = { ...memoryStore(), open: () => Promise.reject(new RangeError('not there')) }
    await expect(open(store, { cache })).rejects.toThrow('not there')
    await open(memoryStore(), { cache })
  })

  test('a store without a feed cannot feed them', async () => {
    const store = { ...memoryStore(), feed: undefined }
    await expect(open(store, { cache: replicas() })).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test.each([
    { maxReplicas: 0 },
    { maxReplicas: 1.5 },
    { maxReplicas: '5' },
    { maxDecoded: 0 },
    { maxLagMs: -1 },
    { maxLagMs: Infinity },
    { kinds: 'session' },
    { kinds: [] },
    { kinds: [''] },
    { values: 'lazy' },
    { whenBehind: true },
    { maxreplicas: 5 },
  ])('%j is refused', options => {
    expect(() => replicas(options as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  test('closing forgets all and ends the status', async () => {
    const { store, hit } = await openWriter()
    await hit('s1')
    const { scopes, cache } = await openReader(store)
    const told = firstValueFrom(scopes.status$.pipe(toArray()))
    await scopes.close()
    expect(cache.size).toBe(0)
    expect((await told).at(-1)).toEqual({ type: 'idle' })
  })
})

/** What the store has under the key of the session. */
async function storedType(store: DocumentStore): Promise<string | undefined> {
  const stored = await store.load('session:shop:s1')
  return stored && decodeDocument(stored.bytes).type
}

test('what ended before anybody here opened it is told with its reason: by the replica, and by the store', async () => {
  const { store, writer, hit } = await openWriter()
  await hit('s1')
  const { scopes } = await openReader(store)
  const successor = await (await writer.open(Session, 's1')).rotate()
  // One order for all: the end has come when this has.
  await expect.poll(async () => (await scopes.open(Session, successor.id)).value.hits, { interval: 1 }).toBe(1)
  await hit('s2')
  await expect.poll(async () => (await scopes.open(Session, 's2')).value.hits, { interval: 1 }).toBe(1)
  for (const options of [{}, { maxStaleMs: 0 }]) {
    const old = await scopes.open(Session, 's1', options)
    expect([old.isStored, old.ended?.reason]).toEqual([false, 'rotated'])
  }
})
