import { type Clock, type Lock, type Scope, type Scopes, defineScope, openScopes } from '@scopes/core'
import { type LockOptions, type LockPlace, type LockResult, type LockedScope, lock } from '@scopes/cfml'
import { type ManualClock, manualClock } from '@scopes/testing'
import { expect, onTestFinished } from 'vitest'
import { type Ground, behaviour } from './behaviour.ts'

const second = 1000
const Till = defineScope({ kind: 'till', initial: () => ({ count: 0 }) })

/** A node of an application. */
interface Node {
  readonly scopes: Scopes
  readonly till: () => Promise<Scope<{ count: number }>>
  /** Takes a lock in a request of this visitor. */
  readonly lock: <T>(
    options: LockOptions,
    body: (lock: Lock | undefined) => T | Promise<T>,
    request?: { readonly visitor?: string } & Partial<LockPlace>,
  ) => Promise<LockResult<T>>
}

async function node(ground: Ground, clock: Clock, application = 'shop'): Promise<Node> {
  const scopes = await openScopes({ application, store: await ground.open(clock), clock })
  onTestFinished(() => scopes.close())
  return {
    scopes,
    till: () => scopes.open(Till, 'front'),
    lock: (options, body, { visitor = 'ann', ...more } = {}) => {
      const keyOf = (kind: LockedScope) => ({ application, kind, id: kind === 'session' ? visitor : '_' })
      return lock({ scopes, keyOf, ...more }, options, body)
    },
  }
}

async function nodes(ground: Ground): Promise<{ clock: ManualClock; a: Node; b: Node }> {
  const clock = manualClock()
  return { clock, a: await node(ground, clock), b: await node(ground, clock) }
}

/** A body that stays inside until it is let go. */
class Inside {
  readonly arrived: Promise<void>
  readonly #done: Promise<void>
  letGo = (): void => undefined
  #arrive = (): void => undefined

  constructor() {
    this.arrived = new Promise(resolve => (this.#arrive = resolve))
    this.#done = new Promise(resolve => (this.letGo = resolve))
  }

  readonly body = async (): Promise<void> => {
    this.#arrive()
    await this.#done
  }
}

/** Lets time pass, in steps in which the store can answer, until it is so. */
async function until({ settled }: Ground, clock: ManualClock, isSo: () => boolean, stepMs = 250): Promise<void> {
  for (let steps = 0; ; steps++) {
    await settled()
    if (isSo()) return
    if (steps > 20_000) throw new Error('It never came to that.')
    await clock.advance(stepMs)
  }
}

/** What it comes to, while time passes. */
async function whileTimePasses<T>(ground: Ground, clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = work.finally(() => (isOver = true))
  over.catch(() => undefined)
  await until(ground, clock, () => isOver)
  return over
}

behaviour(51, async ground => {
  const { clock, a, b } = await nodes(ground)
  const inside: string[] = []
  const enter = (name: string, who: Node, type: 'exclusive' | 'readonly', stays: Inside): Promise<unknown> =>
    who.lock({ name: 'stock', type, timeout: 600 }, async () => {
      inside.push(name)
      await stays.body()
    })
  const holds = Array.from({ length: 5 }, () => new Inside())
  const [first, second_, third, reader, other] = holds
  if (!first || !second_ || !third || !reader || !other) throw new Error('There are five.')
  const all = [enter('first', a, 'exclusive', first)]
  await whileTimePasses(ground, clock, first.arrived)
  // Each stands in line before the next one comes.
  for (const [name, who, type, stays] of [
    ['second', b, 'exclusive', second_],
    ['reader', a, 'readonly', reader],
    ['other reader', b, 'readonly', other],
    ['third', a, 'exclusive', third],
  ] as const) {
    const { sleepers } = clock
    all.push(enter(name, who, type, stays))
    await until(ground, clock, () => clock.sleepers > sleepers, 1)
    await whileTimePasses(ground, clock, clock.sleep(second))
  }
  expect(inside).toEqual(['first'])
  first.letGo()
  await whileTimePasses(ground, clock, second_.arrived)
  expect(inside).toEqual(['first', 'second'])
  second_.letGo()
  await whileTimePasses(ground, clock, Promise.all([reader.arrived, other.arrived]))
  expect(inside.toSorted()).toEqual(['first', 'other reader', 'reader', 'second'])
  reader.letGo()
  await clock.advance(second)
  expect(inside).not.toContain('third')
  other.letGo()
  await whileTimePasses(ground, clock, third.arrived)
  third.letGo()
  await whileTimePasses(ground, clock, Promise.all(all))
})

behaviour(52, async ground => {
  const { clock, a, b } = await nodes(ground)
  const holder = new Inside()
  const held = a.lock({ name: 'Stock' }, holder.body)
  await whileTimePasses(ground, clock, holder.arrived)
  const refused = whileTimePasses(
    ground,
    clock,
    b.lock({ name: 'Stock', timeout: 2 }, () => 'inside'),
  )
  await expect(refused).rejects.toMatchObject({ code: 'lock-timeout' })
  await expect(refused).rejects.toThrow(/exclusive.*"stock".*2000 ms/u)
  let hasRun = false
  const options = { name: 'Stock', type: 'readonly', timeout: 2, throwOnTimeout: false } as const
  const result = await whileTimePasses(
    ground,
    clock,
    b.lock(options, () => void (hasRun = true)),
  )
  expect(result).toMatchObject({ succeeded: false, errortext: expect.stringMatching(/readonly.*"stock"/u) as string })
  expect(hasRun).toBe(false)
  holder.letGo()
  await whileTimePasses(ground, clock, held)
})

behaviour(53, async ground => {
  const { clock, a } = await nodes(ground)
  const blog = await node(ground, clock, 'blog')
  const invalid = { code: 'invalid-argument' }
  await expect(a.lock({ name: 'x', scope: 'session' }, () => 1)).rejects.toMatchObject(invalid)
  await expect(a.lock({ name: ' ' }, () => 1)).rejects.toMatchObject(invalid)
  const named = new Inside()
  const session = new Inside()
  const all = [a.lock({ name: 'A' }, named.body), a.lock({ scope: 'session' }, session.body, { visitor: 'ann' })]
  await whileTimePasses(ground, clock, Promise.all([named.arrived, session.arrived]))
  const attempt = { timeout: 1, throwOnTimeout: false } as const
  const tries = Promise.all([
    a.lock({ name: 'a', ...attempt }, () => 1),
    blog.lock({ name: 'a', ...attempt }, () => 1),
    a.lock({ scope: 'session', ...attempt }, () => 1, { visitor: 'ann' }),
    a.lock({ scope: 'session', ...attempt }, () => 1, { visitor: 'ben' }),
    blog.lock({ scope: 'session', ...attempt }, () => 1, { visitor: 'ann' }),
  ])
  const succeeded = (await whileTimePasses(ground, clock, tries)).map(result => result.succeeded)
  expect(succeeded).toEqual([false, false, false, true, true])
  named.letGo()
  session.letGo()
  await whileTimePasses(ground, clock, Promise.all(all))
})

behaviour(54, async ground => {
  const { clock, a } = await nodes(ground)
  const nested = a.lock({ name: 'x' }, async () => {
    const again = await a.lock({ name: 'X', timeout: 1 }, () => 'again')
    const readonly = await a.lock({ name: 'x', type: 'readonly', timeout: 1 }, () => 'readonly')
    return [again, readonly].map(result => (result.succeeded ? result.value : undefined))
  })
  expect(await whileTimePasses(ground, clock, nested)).toMatchObject({ value: ['again', 'readonly'] })
  const began = clock.monotonic()
  const upgrade = a.lock({ name: 'x', type: 'readonly' }, () => a.lock({ name: 'x', timeout: 60 }, () => 'inside'))
  await expect(whileTimePasses(ground, clock, upgrade)).rejects.toMatchObject({
    code: 'lock-upgrade',
    message: expect.stringContaining('cannot become exclusive') as string,
  })
  expect(clock.monotonic() - began).toBeLessThan(60 * second)
})

behaviour(55, async ground => {
  const { clock, a, b } = await nodes(ground)
  const thrown = new Error('of the body')
  const body = a.lock({ name: 'x' }, () => {
    throw thrown
  })
  await expect(whileTimePasses(ground, clock, body)).rejects.toBe(thrown)
  const request = new AbortController()
  const holder = new Inside()
  const held = b.lock({ name: 'x' }, holder.body)
  await whileTimePasses(ground, clock, holder.arrived)
  const waiting = a.lock({ name: 'x', timeout: 600 }, () => 'inside', { signal: request.signal })
  const refused = waiting.catch((error: unknown) => error)
  await clock.advance(second)
  request.abort()
  expect(await refused).toMatchObject({ code: 'store-unavailable' })
  holder.letGo()
  await whileTimePasses(ground, clock, held)
  expect(
    await whileTimePasses(
      ground,
      clock,
      a.lock({ name: 'x', timeout: 1 }, () => 'free'),
    ),
  ).toMatchObject({ value: 'free' })
})

behaviour(56, async ground => {
  const { clock, a, b } = await nodes(ground)
  const holder = new Inside()
  const held = a.lock({ name: 'x' }, holder.body)
  await whileTimePasses(ground, clock, holder.arrived)
  const wait = async (limits: Partial<LockPlace>): Promise<number> => {
    const began = clock.monotonic()
    const options = { name: 'x', timeout: 0, throwOnTimeout: false } as const
    expect(
      await whileTimePasses(
        ground,
        clock,
        b.lock(options, () => 1, limits),
      ),
    ).toMatchObject({ succeeded: false })
    return clock.monotonic() - began
  }
  const short = await wait({ remainingMs: () => 3 * second, longestWaitMs: 60 * second })
  expect(short).toBeGreaterThanOrEqual(3 * second)
  expect(short).toBeLessThan(5 * second)
  const long = await wait({ longestWaitMs: 8 * second })
  expect(long).toBeGreaterThanOrEqual(8 * second)
  expect(long).toBeLessThan(10 * second)
  holder.letGo()
  await whileTimePasses(ground, clock, held)
})

behaviour(
  57,
  async ground => {
    const { clock, a, b } = await nodes(ground)
    for (const options of [{ name: 'x' }, { scope: 'session' }, { scope: 'application' }] as const) {
      const holder = new Inside()
      const held = a.lock(options, holder.body)
      await whileTimePasses(ground, clock, holder.arrived)
      // Longer than any lease: it is renewed.
      const late = b.lock({ ...options, timeout: 40, throwOnTimeout: false }, () => 'inside')
      expect(await whileTimePasses(ground, clock, late)).toMatchObject({ succeeded: false })
      holder.letGo()
      await whileTimePasses(ground, clock, held)
    }
  },
  { part: 'two nodes, and a body of more than 30 s' },
)

behaviour(
  57,
  async ground => {
    const clock = manualClock()
    /** The clock of a machine that stands still: nothing on it runs any more. */
    const stopped = manualClock()
    const a = await node(ground, stopped)
    const b = await node(ground, clock)
    const holder = new Inside()
    const written = a
      .lock({ name: 'x' }, async () => {
        const till = await a.till()
        await holder.body()
        await till.update(draft => void (draft.count += 100))
      })
      .catch((error: unknown) => error)
    await whileTimePasses(ground, stopped, holder.arrived)
    const next = b.lock({ name: 'x', timeout: 60 }, async () => {
      await (await b.till()).update(draft => void draft.count++)
      holder.letGo()
      return written
    })
    expect(await whileTimePasses(ground, clock, next)).toMatchObject({ value: { code: 'lock-lost' } })
    expect((await b.till()).value.count).toBe(1)
  },
  { part: 'a holder that stood still is followed after its lease, and writes nothing over its successor' },
)

behaviour(
  57,
  async ground => {
    const { clock, a, b } = await nodes(ground)
    const [one, other] = [new Inside(), new Inside()]
    const both = [
      a.lock({ name: 'session lock' }, async () => {
        await one.body()
        return a.lock({ name: 'application lock', timeout: 2 }, () => 'both')
      }),
      b.lock({ name: 'application lock' }, async () => {
        await other.body()
        return b.lock({ name: 'session lock', timeout: 600 }, () => 'both')
      }),
    ]
    await whileTimePasses(ground, clock, Promise.all([one.arrived, other.arrived]))
    one.letGo()
    other.letGo()
    const [first, second_] = await whileTimePasses(ground, clock, Promise.allSettled(both))
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'lock-timeout', held: ['lock:n:session lock'] } })
    expect(first).toMatchObject({ reason: { message: expect.stringContaining('the same order') as string } })
    expect(second_).toMatchObject({ status: 'fulfilled', value: { value: { value: 'both' } } })
  },
  { part: 'opposite order is told by who gives up' },
)

behaviour(58, async ground => {
  const { clock, a, b } = await nodes(ground)
  let [inside, most, entered] = [0, 0, 0]
  const leave: (() => void)[] = []
  const body = async (): Promise<void> => {
    entered++
    most = Math.max(most, ++inside)
    await new Promise<void>(resolve => leave.push(resolve))
    inside--
  }
  const callers = Array.from({ length: 20 }, (_, index) =>
    (index % 2 === 0 ? a : b).lock({ name: 'slots', amount: 4, timeout: 600 }, body),
  )
  let bypassed = 0
  while (entered < 20) {
    await until(ground, clock, () => inside === Math.min(4, 20 - entered + inside) && leave.length > 0)
    if (bypassed === 0) {
      expect(await a.lock({ name: 'slots', amount: 4, bypass: true }, () => ++bypassed)).toMatchObject({ value: 1 })
    }
    leave.shift()?.()
  }
  for (const go of leave) go()
  await whileTimePasses(ground, clock, Promise.all(callers))
  expect(most).toBe(4)
})
