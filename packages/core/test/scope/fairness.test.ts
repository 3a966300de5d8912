import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Clock, type DocumentStore, defineScope, memoryStore, openScopes } from '../../src/index.ts'

const Counter = defineScope({ kind: 'counter', initial: () => ({ count: 0 }) })

// Everything here happens in a time of its own, by a seeded chance: store calls take fractions of a millisecond, timers
// whole ones and a little more, as they do in Node.
afterEach(() => void vi.restoreAllMocks())

describe('of processes that all write to one scope', () => {
  for (const count of [2, 4, 8]) {
    test(`each of ${count} gets its turn: the slowest stores 0.8 of what the fastest does, few requests are stale, none is lost`, async () => {
      const { stored, acknowledged, refused, sent } = await contend(count, { seed: 20 + count, milliseconds: 500 })
      const sum = acknowledged.reduce((total, each) => total + each, 0)
      expect(stored).toBe(sum)
      expect(sum).toBeGreaterThan(count * 50)
      expect(Math.min(...acknowledged) / Math.max(...acknowledged)).toBeGreaterThan(0.8)
      expect(refused / sent).toBeLessThan(0.35)
    })
  }

  test('one that is alone again writes without waiting for anybody', async () => {
    const time = new OwnTime(7)
    const [busy, ...others] = await openAll(3, time, memoryStore())
    for (const other of others) void other.open(Counter, 'hot').then(scope => repeat(time, 50, () => scope.update(add)))
    const scope = await time.run(busy.open(Counter, 'hot'))
    await time.run(repeat(time, 50, () => scope.update(add)))
    await time.run(time.sleep(200))
    time.waited = 0
    await time.run(scope.update(add))
    expect(time.waited).toBe(0)
  })
})

interface Contest {
  readonly stored: number
  readonly acknowledged: readonly number[]
  readonly sent: number
  readonly refused: number
}

async function contend(
  count: number,
  { seed, milliseconds }: { readonly seed: number; readonly milliseconds: number },
): Promise<Contest> {
  const time = new OwnTime(seed)
  const store = memoryStore()
  const requests = { sent: 0, refused: 0 }
  const all = await openAll(count, time, store, requests)
  const work = all.map(async scopes => {
    const scope = await scopes.open(Counter, 'hot')
    const writers = Array.from({ length: 4 }, () => repeat(time, milliseconds, () => scope.update(add)))
    return (await Promise.all(writers)).reduce((sum, done) => sum + done, 0)
  })
  const acknowledged = await time.run(Promise.all(work))
  const { value } = await time.run(all[0].open(Counter, 'hot'))
  return { stored: value.count, acknowledged, ...requests }
}

function add(draft: { count: number }): void {
  draft.count++
}

/** Does it again and again until that time. @returns how often */
async function repeat(time: OwnTime, until: number, act: () => Promise<unknown>): Promise<number> {
  let done = 0
  for (; time.now < until; done++) await act()
  return done
}

type Opened = Awaited<ReturnType<typeof openScopes>>

async function openAll(
  count: number,
  time: OwnTime,
  store: DocumentStore,
  requests = { sent: 0, refused: 0 },
): Promise<readonly [Opened, ...Opened[]]> {
  const open = (index: number): Promise<Opened> =>
    openScopes({ application: 'shop', process: `P${index}`, store: distant(store, time, requests), clock: time.clock })
  return [await open(0), ...(await Promise.all(Array.from({ length: count - 1 }, (_, index) => open(index + 1))))]
}

/** The store with the time that its calls take. */
function distant(store: DocumentStore, time: OwnTime, requests: { sent: number; refused: number }): DocumentStore {
  const send = async <Result extends { readonly type: string }>(request: () => Promise<Result>): Promise<Result> => {
    requests.sent++
    await time.pass(0.35 * time.spread())
    const result = await request()
    if (result.type !== 'done') requests.refused++
    return result
  }
  return {
    capabilities: store.capabilities,
    feed: undefined,
    open: options => store.open(options),
    close: () => store.close(),
    async load(key, options) {
      await time.pass(0.1 * time.spread())
      return store.load(key, options)
    },
    insert: (key, bytes, options) => send(() => store.insert(key, bytes, options)),
    append: (key, bytes, token, options) => send(() => store.append(key, bytes, token, options)),
    replace: (key, bytes, token, options) => send(() => store.replace(key, bytes, token, options)),
    remove: (key, token, options) => store.remove(key, token, options),
  }
}

/** Time that passes as soon as nothing else is left to do. */
class OwnTime {
  now = 0
  /** How long anybody has slept by the clock, in milliseconds. */
  waited = 0
  readonly clock: Clock = {
    now: () => 1_800_000_000_000 + this.now,
    monotonic: () => this.now,
    sleep: ms => this.sleep(ms),
  }
  readonly #waiting: { readonly at: number; readonly wake: () => void }[] = []
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
    vi.spyOn(Math, 'random').mockImplementation(() => this.random())
  }

  /** As a timer of Node: at least 1 ms, and always a little late. The look at overdue questions is nobody's waiting. */
  sleep(ms: number): Promise<void> {
    if (ms < 100) this.waited += ms
    return this.pass(Math.max(1, Math.trunc(ms)) + 0.1 + this.random() * 0.2)
  }

  pass(ms: number): Promise<void> {
    return new Promise(wake => {
      const at = this.now + ms
      const later = this.#waiting.findIndex(other => other.at > at)
      this.#waiting.splice(later === -1 ? this.#waiting.length : later, 0, { at, wake })
    })
  }

  spread(): number {
    return 0.7 + this.random() * 0.6
  }

  /** Mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const finished = work.finally(() => (isDone = true))
    finished.catch(() => undefined)
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (isDone) return finished
      const next = this.#waiting.shift()
      if (next === undefined) continue
      this.now = Math.max(this.now, next.at)
      next.wake()
    }
  }
}
