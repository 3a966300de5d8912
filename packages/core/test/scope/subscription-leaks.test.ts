import { expect, test } from 'vitest'
import { type ChangeFeed, type FeedToken, type Scopes, memoryStore } from '../../src/index.ts'
import { heapUsed } from './collect-garbage.ts'
import { Session, processes } from './fixture.ts'

const rounds = 20_000
/** In so many parts what is left is measured: that of a leak is in each, that of code which is compiled on the way in one or two. */
const parts = 5
/** Less than a promise that somebody holds, or an entry of a Map. */
const mostBytes = 50

/** Scopes with one session, on a feed whose iterations are counted. */
async function watched(): Promise<{
  readonly scopes: Scopes
  readonly token: FeedToken
  readonly open: () => number
}> {
  const store = memoryStore()
  let iterations = 0
  const feed: ChangeFeed = {
    coverage: 'all',
    partitions: 1,
    async *open(options) {
      iterations++
      try {
        yield* store.feed?.open(options) ?? []
      } finally {
        iterations--
      }
    },
    probe: () => Promise.resolve(),
  }
  const [scopes] = await processes(1, { store, feed })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  for await (const { feedToken } of scopes.feed()) {
    if (feedToken !== undefined) return { scopes, token: feedToken, open: () => iterations }
  }
  throw new Error('A feed hands out a token at once.')
}

/** Bytes that are left of a round: as many as in the middle one of the parts of `rounds`. */
async function leftOf(round: () => void): Promise<number> {
  const some = async (times: number): Promise<void> => {
    for (let number = 0; number < times; number++) {
      round()
      // What ends in a later turn ends now and then.
      if (number % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    }
  }
  await some(1000)
  const left: number[] = []
  for (let before = await heapUsed(); left.length < parts;) {
    await some(rounds / parts)
    const after = await heapUsed()
    left.push(((after - before) * parts) / rounds)
    before = after
  }
  return left.toSorted((one, other) => one - other)[(parts - 1) / 2] ?? Infinity
}

test(
  `nothing is left of ${rounds} subscriptions to changes(), from now on and from a token`,
  { timeout: 120_000 },
  async () => {
    const { scopes, token, open } = await watched()
    const left = await leftOf(() => {
      scopes.changes().subscribe().unsubscribe()
      scopes.changes({ since: token }).subscribe().unsubscribe()
    })
    expect(left).toBeLessThan(mostBytes)
    await expect.poll(open, { interval: 1 }).toBe(0)
  },
)

test(`nothing is left of ${rounds} iterations of feed() that end while they wait`, { timeout: 120_000 }, async () => {
  const { scopes, open } = await watched()
  const signals = Array.from({ length: 200 }, () => ({ signal: new AbortController().signal }))
  let number = 0
  const left = await leftOf(() => {
    const changes = ++number % 2 === 0 ? scopes.feed() : scopes.feed(signals[number % signals.length])
    // The first is caught-up; the second never comes.
    void changes.next()
    void changes.next()
    void changes.return?.()
  })
  expect(left).toBeLessThan(mostBytes)
  await expect.poll(open, { interval: 1 }).toBe(0)
})

test('of iterations that nobody pulls nothing is left, though nobody ends them', async () => {
  const { scopes } = await watched()
  const before = await heapUsed()
  for (let number = 0; number < 20_000; number++) scopes.feed()
  expect(((await heapUsed()) - before) / 20_000).toBeLessThan(mostBytes)
})
