import { config, firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type ChangeFeed,
  type DocumentStore,
  type FeedMessage,
  type FeedOptions,
  type PartitionChange,
  type ScopeChange,
  type Scopes,
  StoreUnavailableError,
  memoryStore,
  systemClock,
} from '../../src/index.ts'
import { Session, processes } from './fixture.ts'

type Change = ScopeChange | PartitionChange

const soon = { interval: 1 }

afterEach(() => {
  config.onUnhandledError = null
})

/** The change in few words. */
function short(change: Change): string {
  if (!('key' in change)) return change.type
  const why = change.type === 'reset' ? ` (${change.reason})` : ''
  return `${change.key.id} ${change.type} ${change.version}${why}`
}

async function hit(scopes: Scopes, id: string, times = 1): Promise<void> {
  const session = await scopes.open(Session, id)
  for (let time = 0; time < times; time++) await session.update(draft => void draft.hits++)
}

/** Subscribes and waits until it has its place. */
async function subscribed(scopes: Scopes, told: Change[] = []): Promise<Change[]> {
  await new Promise<void>(resolve => {
    scopes.changes().subscribe(change => {
      told.push(change)
      if (change.type === 'caught-up') resolve()
    })
  })
  return told
}

/** The feed of a store, to be cut. */
class CutFeed implements ChangeFeed {
  readonly coverage = 'all'
  readonly partitions: number = 1
  /** It fails when it is opened. */
  isFailing = false
  /** What is open fails. */
  cut: () => void = () => {}
  readonly #feed: ChangeFeed | undefined

  constructor({ feed }: DocumentStore) {
    this.#feed = feed
  }

  async *open(options: FeedOptions): AsyncGenerator<FeedMessage, void, undefined> {
    const failed = new StoreUnavailableError('The feed is cut.')
    if (this.isFailing) throw failed
    const cut = new Promise<never>((_resolve, reject) => {
      this.cut = () => reject(failed)
    })
    const messages = this.#feed?.open(options)[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([messages?.next(), cut])
      if (next === undefined || next.done) return
      yield next.value
    }
  }

  probe(): Promise<void> {
    return Promise.resolve()
  }
}

/** A clock whose pauses last until `goOn`. */
function pausing(): { readonly clock: typeof systemClock; readonly goOn: () => void } {
  let wake = (): void => {}
  const sleep = (): Promise<void> => new Promise(resolve => (wake = resolve))
  return { clock: { ...systemClock, sleep }, goOn: () => wake() }
}

describe('subscribe after read', () => {
  test('feed() begins at its call: what is committed before the first pull is told', async () => {
    // What is created in the millisecond in which the feed begins counts as news.
    let at = Date.UTC(2026, 0, 1)
    const [one, two] = await processes(2, { clock: { ...systemClock, now: () => at++ } })
    await hit(one, 's1')
    const changes = one.feed()
    await hit(two ?? one, 's1')
    const told: string[] = []
    for await (const change of changes) {
      told.push(short(change))
      if ('key' in change) break
    }
    expect(told).toEqual(['caught-up', 's1 reset 2 (first)'])
  })

  test('lost: what was committed while the feed failed before it had its place is not left out in silence', async () => {
    const store = memoryStore()
    const feed = new CutFeed(store)
    const { clock, goOn } = pausing()
    feed.isFailing = true
    const [one] = await processes(1, { store, feed, clock })
    const [two] = await processes(1, { store })
    const told: Change[] = []
    one.changes().subscribe(change => told.push(change))
    await new Promise(resolve => setImmediate(resolve))
    await hit(two, 's1')
    feed.isFailing = false
    goOn()
    await expect.poll(() => told.map(short), soon).toEqual(['lost', 'caught-up'])
    await hit(two, 's1')
    await expect.poll(() => told.map(short), soon).toEqual(['lost', 'caught-up', 's1 created 1', 's1 updated 2'])
  })

  test('a feed that fails later goes on where it was, and nothing is lost', async () => {
    const store = memoryStore()
    const feed = new CutFeed(store)
    const { clock, goOn } = pausing()
    const [one] = await processes(1, { store, feed, clock })
    const [two] = await processes(1, { store })
    const told = await subscribed(one)
    feed.cut()
    await new Promise(resolve => setImmediate(resolve))
    await hit(two, 's1', 2)
    goOn()
    await expect.poll(() => told.map(short), soon).toEqual(['caught-up', 's1 created 1', 's1 updated 2', 'caught-up'])
  })
})

describe('who joins others', () => {
  test('first-reset: hears first of a scope by a reset, where they hear what changed in it', async () => {
    const [one] = await processes(1)
    const early = await subscribed(one)
    await hit(one, 's1', 2)
    await expect.poll(() => early.length, soon).toBe(3)
    const late = await subscribed(one)
    await hit(one, 's1', 2)
    await hit(one, 's2', 2)
    await expect.poll(() => early.length, soon).toBe(7)
    expect(late.map(short)).toEqual(['caught-up', 's1 reset 3 (first)', 's1 updated 4', 's2 created 1', 's2 updated 2'])
    expect(late[1]).toMatchObject({ value: { hits: 3 }, missed: undefined, feedToken: expect.any(String) })
    expect(early.slice(3).map(short)).toEqual(['s1 updated 3', 's1 updated 4', 's2 created 1', 's2 updated 2'])
  })
})

describe('a slow subscriber', () => {
  test('is bounded: what changed while feed() was not pulled is one reset to the newest, and what was missed is named', async () => {
    const [one, two] = await processes(2)
    await hit(one, 's1')
    const changes = one.feed({ since: 'beginning' })
    const first = await changes.next()
    expect(first.value && short(first.value)).toBe('s1 created 1')
    await hit(two ?? one, 's1', 1000)
    await hit(two ?? one, 's2')
    const told: Change[] = []
    for await (const change of changes) {
      told.push(change)
      if ('key' in change && change.key.id === 's2') break
    }
    expect(told.filter(({ type }) => type !== 'caught-up').map(short)).toEqual(['s1 reset 1001 (gap)', 's2 created 1'])
    expect(told.find(({ type }) => type === 'reset')).toMatchObject({
      value: { hits: 1001 },
      missed: { from: 2, to: 1001 },
    })
  })

  test('gap: a handle that was cut off for longer than the document goes back is told one reset, and shows the newest', async () => {
    const store = memoryStore()
    const feed = new CutFeed(store)
    const { clock, goOn } = pausing()
    const [one] = await processes(1, { store, feed, clock })
    const [two] = await processes(1, { store })
    const session = await one.open(Session, 's1')
    await session.update(draft => void draft.hits++)
    const told: ScopeChange[] = []
    const values: number[] = []
    session.changes$.subscribe(change => told.push(change))
    session.value$.subscribe(({ hits }) => values.push(hits))
    await hit(two, 's1')
    await expect.poll(() => told.map(short), soon).toEqual(['s1 updated 2'])
    feed.cut()
    await new Promise(resolve => setImmediate(resolve))
    await hit(two, 's1', 500)
    goOn()
    await expect.poll(() => told.map(short), soon).toEqual(['s1 updated 2', 's1 reset 502 (gap)'])
    expect(told[1]).toMatchObject({ missed: { from: 3, to: 502 }, value: { hits: 502 } })
    expect(values).toEqual([1, 2, 502])
  })

  test('a long backlog leaves the rest of the process its turn', async () => {
    const [one] = await processes(1)
    for (let number = 0; number < 1000; number++) await hit(one, `s${number}`)
    let told = 0
    const turns: number[] = []
    const turn = (): void => {
      turns.push(told)
      if (told < 1000) setImmediate(turn)
    }
    setImmediate(turn)
    for await (const { type } of one.feed({ since: 'beginning' })) {
      if (type === 'caught-up') break
      told++
    }
    expect(turns.length).toBeGreaterThan(4)
  })
})

describe('a subscriber who throws', () => {
  test('is reported and goes on; the others are told everything, of one scope and of all', async () => {
    const reported: unknown[] = []
    config.onUnhandledError = error => reported.push(error)
    const [one] = await processes(1)
    const session = await one.open(Session, 's1')
    const fail = (): void => {
      throw new RangeError('a bad subscriber')
    }
    session.changes$.subscribe(fail)
    one.changes().subscribe(fail)
    session.select(fail).subscribe()
    const changes: string[] = []
    session.changes$.subscribe(change => changes.push(short(change)))
    const all = await subscribed(one)
    await hit(one, 's1', 3)
    await expect.poll(() => all.length, soon).toBe(4)
    expect(changes).toEqual(['s1 created 1', 's1 updated 2', 's1 updated 3'])
    // caught-up and three changes, three changes of the scope, and the selector once: it is over then.
    await expect.poll(() => reported.length, soon).toBe(4 + 3 + 1)
  })

  test('leaving the loop over feed() by an error ends that iteration and no other', async () => {
    const [one] = await processes(1)
    const all = await subscribed(one)
    const reading = (async () => {
      for await (const change of one.feed({ since: 'beginning' })) {
        if ('key' in change) throw new RangeError('a bad reader')
      }
    })()
    await hit(one, 's1', 2)
    await expect(reading).rejects.toThrow('a bad reader')
    await expect.poll(() => all.map(short), soon).toEqual(['caught-up', 's1 created 1', 's1 updated 2'])
  })
})

describe('a subscriber who writes', () => {
  test.each(['changes$', 'changes()'] as const)(
    '%s: to the scope that it hears of; all are told each version once, in order',
    async where => {
      const [one] = await processes(1)
      const session = await one.open(Session, 's1')
      const hears = where === 'changes$' ? session.changes$ : one.changes()
      const told: string[] = []
      const write = (change: Change): void => {
        if ('key' in change && change.version < 20) void session.update(draft => void draft.hits++)
      }
      const note = (change: Change): void => void ('key' in change && told.push(short(change)))
      hears.subscribe(write)
      hears.subscribe(note)
      await new Promise(resolve => setImmediate(resolve))
      await hit(one, 's1')
      const versions = ['created 1', ...Array.from({ length: 19 }, (_, index) => `updated ${index + 2}`)]
      await expect.poll(() => told, soon).toEqual(versions.map(version => `s1 ${version}`))
    },
  )
})

describe('iterations', () => {
  test('return ends one that waits for a change', async () => {
    const [one] = await processes(1)
    const changes = one.feed()
    await changes.next()
    const waiting = changes.next()
    await changes.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  test('there can be many at a time: Node does not take them for a leak', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const [one] = await processes(1)
    const readings = Array.from({ length: 50 }, () => one.feed())
    for (const changes of readings) expect((await changes.next()).value).toMatchObject({ type: 'caught-up' })
    const waiting = readings.map(changes => changes.next())
    await new Promise(resolve => setImmediate(resolve))
    await one.close()
    for (const next of waiting) expect((await next).done).toBe(true)
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  test('a token goes on behind the change that it came with, whoever hands it out', async () => {
    const [one] = await processes(1)
    const early = await subscribed(one)
    const late = await subscribed(one)
    await hit(one, 's1')
    await hit(one, 's2')
    await hit(one, 's3')
    await expect.poll(() => late.length, soon).toBe(4)
    for (const told of [early, late]) {
      for (const [index, { feedToken }] of told.entries()) {
        if (feedToken === undefined) throw new Error('Each of these has a token.')
        const resumed = await firstValueFrom(one.changes({ since: feedToken }).pipe(take(4 - index), toArray()))
        const ids = resumed.flatMap(change => ('key' in change ? [change.key.id] : []))
        expect(ids).toEqual(['s1', 's2', 's3'].slice(index))
      }
    }
  })
})
