import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Observable, config, firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import {
  type ChangeFeed,
  type FeedStatusMessage,
  type PartitionChange,
  type ScopeChange,
  memoryStore,
  systemClock,
} from '../../src/index.ts'
import { Session, processes } from './fixture.ts'

afterEach(() => {
  config.onUnhandledError = null
})

function isScopeChange(change: ScopeChange | PartitionChange): change is ScopeChange {
  return 'key' in change
}

test('value$ begins with the current value and follows the commits of every process, in order', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  const hits = firstValueFrom(session.select(value => value.hits).pipe(take(4), toArray()))
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  await other?.update(draft => void draft.hits++)
  await other?.update(draft => void (draft.user = 'u'))
  await other?.update(draft => void draft.hits++)
  expect(await hits).toEqual([0, 1, 2, 3])
})

test('what was committed between the load and the subscription is not missed', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  await other?.update(draft => void (draft.hits = 7))
  const seen = await firstValueFrom(session.select(value => value.hits).pipe(take(2), toArray()))
  expect(seen).toEqual([1, 7])
})

test('value$ completes when the scope ends, on every node', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  const completed = Promise.all(
    [session, other].map(async scope => scope && firstValueFrom(scope.value$.pipe(toArray()))),
  )
  await session.end('logout')
  expect((await completed).map(values => values?.at(-1))).toMatchObject([{ hits: 1 }, { hits: 1 }])
})

test('value$ and changes$ of a scope that has ended already complete at once', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  await session.end()
  expect(await firstValueFrom(session.value$.pipe(toArray()))).toMatchObject([{ hits: 0 }])
  expect(await firstValueFrom(session.changes$.pipe(toArray()))).toEqual([])
})

test('closing completes value$, changes$ and changes(), and whoever subscribes later opens no feed', async () => {
  const store = memoryStore()
  let opened = 0
  const feed: ChangeFeed = {
    coverage: 'all',
    partitions: 1,
    open(options) {
      opened++
      return (store.feed ?? feed).open(options)
    },
    probe: () => Promise.resolve(),
  }
  const [scopes] = await processes(1, { store, feed })
  const session = await scopes.open(Session, 's1')
  const watched: readonly Observable<unknown>[] = [session.value$, session.changes$, scopes.changes()]
  const told = watched.map(async one$ => firstValueFrom(one$.pipe(toArray())))
  await scopes.close()
  expect((await Promise.all(told)).map(({ length }) => length)).toEqual([1, 0, 0])
  const before = opened
  expect(await firstValueFrom(session.value$.pipe(toArray()))).toHaveLength(1)
  expect(opened).toBe(before)
})

test('who subscribes to changes() later is told as well that it has caught up', async () => {
  const [scopes] = await processes(1)
  await new Promise<void>(resolve => {
    scopes.changes().subscribe(({ type }) => type === 'caught-up' && resolve())
  })
  expect(await firstValueFrom(scopes.changes({ kinds: ['session'] }))).toMatchObject({ type: 'caught-up' })
})

test('an interrupted feed is told as interrupted and then as live, and nothing is missed', async () => {
  const store = memoryStore()
  let fail = (): void => {}
  const feed: ChangeFeed = {
    coverage: 'all',
    partitions: 1,
    async *open(options) {
      const failing = new Promise<never>((_resolve, reject) => {
        fail = () => reject(new RangeError('cut'))
      })
      const messages = (store.feed ?? feed).open(options)[Symbol.asyncIterator]()
      for (;;) {
        const next = await Promise.race([messages.next(), failing])
        if (next.done) return
        yield next.value
      }
    },
    probe: () => Promise.resolve(),
  }
  const statuses: unknown[] = []
  const note = (message: unknown): number => statuses.push((message as FeedStatusMessage).status)
  subscribe('scopes:feed', note)
  // The pause before the feed is opened again is not waited for.
  const clock = { ...systemClock, sleep: () => Promise.resolve() }
  const [one] = await processes(1, { store, feed, clock })
  const [two] = await processes(1, { store })
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const seen = firstValueFrom(session.select(({ hits }) => hits).pipe(take(2), toArray()))
  const watching = session.changes$.subscribe()
  await expect.poll(() => statuses, { interval: 1 }).toEqual(['live'])
  fail()
  await (await two.open(Session, 's1')).update(draft => void (draft.hits = 9))
  expect(await seen).toEqual([1, 9])
  await expect.poll(() => statuses, { interval: 1 }).toEqual(['live', 'interrupted', 'live'])
  watching.unsubscribe()
  unsubscribe('scopes:feed', note)
})

test('changes$ tells each commit once, with patches, and then the end', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  const told = firstValueFrom(session.changes$.pipe(toArray()))
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  await other?.update(draft => void draft.hits++)
  await session.update(draft => void draft.hits++)
  await session.end('logout')
  const changes = await told
  expect(changes.map(({ type, version }) => `${type} ${version}`)).toEqual([
    'created 1',
    'updated 2',
    'updated 3',
    'ended 4',
  ])
  expect(changes[1]).toMatchObject({ patches: [{ op: 'set', path: ['hits'], value: 2 }], origin: { process: 'P2' } })
  expect(changes[3]).toMatchObject({ reason: 'ended', detail: 'logout', value: { hits: 3 } })
})

test('changes$ of a scope that was made without asking the store begins with created', async () => {
  const [one] = await processes(1)
  const session = one.create(Session)
  const told = firstValueFrom(session.changes$.pipe(take(2), toArray()))
  await session.update(draft => void draft.hits++)
  await session.update(draft => void draft.hits++)
  expect((await told).map(({ type }) => type)).toEqual(['created', 'updated'])
})

test('C01: created once per life and ended once, on the changes of every node, in version order', async () => {
  const scopes = await processes(3)
  const told = scopes.map(one => {
    const changes: string[] = []
    const ended = new Promise<void>(resolve => {
      one.changes({ kinds: ['session'] }).subscribe(change => {
        if (!isScopeChange(change)) return
        changes.push(`${change.type} ${change.version}`)
        if (change.type === 'ended') resolve()
      })
    })
    return { changes, ended }
  })
  const [one, two, three] = scopes
  await (await one.open(Session, 's1')).update(draft => void draft.hits++)
  const second = await two?.open(Session, 's1')
  const third = await three?.open(Session, 's1')
  await third?.update(draft => void draft.hits++)
  await second?.end()
  for (const { changes, ended } of told) {
    await ended
    expect(changes).toEqual(['created 1', 'updated 2', 'ended 3'])
  }
})

test('C02: a subscriber that throws silences nobody, is reported, and no commit fails', async () => {
  const reported: unknown[] = []
  config.onUnhandledError = error => reported.push(error)
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const seen: number[][] = [[], []]
  session.value$.subscribe(({ hits }) => {
    if (hits === 2) throw new RangeError('a bad subscriber')
  })
  for (const list of seen) session.value$.subscribe(({ hits }) => list.push(hits))
  const all = firstValueFrom(session.value$.pipe(take(11), toArray()))
  for (let round = 0; round < 10; round++) await session.update(draft => void draft.hits++)
  await all
  expect(seen).toEqual([
    Array.from({ length: 11 }, (_, index) => index),
    Array.from({ length: 11 }, (_, index) => index),
  ])
  // rxjs reports in a later task than the throw.
  await new Promise(resolve => setTimeout(resolve, 1))
  expect(reported).toMatchObject([{ name: 'RangeError' }])
})

test('a subscriber may write to the scope that it watches', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  session.value$.subscribe(({ hits }) => {
    if (hits > 0 && hits < 5) void session.update(draft => void draft.hits++)
  })
  const done = firstValueFrom(session.select(({ hits }) => hits).pipe(take(6), toArray()))
  await session.update(draft => void draft.hits++)
  expect(await done).toEqual([0, 1, 2, 3, 4, 5])
})

test('changes resume from the token of an earlier change without a gap', async () => {
  const [one] = await processes(1)
  const session = await one.open(Session, 's1')
  const live = firstValueFrom(one.changes().pipe(take(3), toArray()))
  await new Promise<void>(resolve => {
    const subscription = one.changes().subscribe(change => {
      if (change.type !== 'caught-up') return
      resolve()
      queueMicrotask(() => subscription.unsubscribe())
    })
  })
  for (let round = 0; round < 5; round++) await session.update(draft => void draft.hits++)
  const [, first] = await live
  if (first?.feedToken === undefined) throw new Error('A change of the feed has a token.')
  const resumed: number[] = []
  for await (const change of one.feed({ since: first.feedToken })) {
    if (!isScopeChange(change)) continue
    resumed.push(change.version)
    if (change.version === 5) break
  }
  expect(resumed.at(-1)).toBe(5)
})

test('a token that is none is refused', async () => {
  const [one] = await processes(1)
  const reading = firstValueFrom(one.changes({ since: 'nonsense' as never }))
  await expect(reading).rejects.toMatchObject({ code: 'invalid-argument' })
})

test('history and at give what the document still holds', async () => {
  const [one] = await processes(1)
  const session = await one.open(Session, 's1', { request: 'r7' })
  for (let round = 0; round < 4; round++) await session.update(draft => void draft.hits++)
  expect(session.at(1).hits).toBe(1)
  expect(session.at(3).hits).toBe(3)
  expect(() => session.at(9)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  expect(session.history()).toMatchObject([
    { version: 2, baseVersion: 1, origin: { process: 'P1', request: 'r7' }, patches: [{ path: ['hits'], value: 2 }] },
    { version: 3 },
    { version: 4 },
  ])
})

test('a feed that ends although its scopes are watched is opened again where it was', async () => {
  const store = memoryStore()
  let openings = 0
  const feed: ChangeFeed = {
    coverage: 'all',
    partitions: 1,
    async *open(options) {
      openings++
      for await (const message of store.feed?.open(options) ?? []) {
        yield message
        if (openings === 1) return
      }
    },
    probe: options => store.feed?.probe(options) ?? Promise.resolve(),
  }
  const [one, two] = await processes(2, { store, feed })
  const session = await one.open(Session, 's1')
  const seen = firstValueFrom(session.select(({ hits }) => hits).pipe(take(2), toArray()))
  await (await two?.open(Session, 's1'))?.update(draft => void (draft.hits = 7))
  expect(await seen).toEqual([0, 7])
  expect(openings).toBeGreaterThan(1)
})
