import type { MutationResult } from '@scopes/core'
import { StoreUnavailableError } from '@scopes/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { type Mutation, type MutationOutcome, tokenOf } from '../src/mutation.ts'
import { CommitFailure } from '../src/transaction.ts'
import { WriteQueue, type WriteTarget } from '../src/write-queue.ts'
import { rejection } from './writing.ts'

/** A target that keeps what it was asked for, and fails as the test says. */
class RecordingTarget implements WriteTarget {
  readonly path = '/data/scopes.db'
  readonly busyTimeoutMs: number = 200
  readonly isAlwaysFlushed: boolean = false
  readonly hasNeighbours: boolean = false
  readonly flushEveryMs: number
  readonly commits: { readonly keys: readonly string[]; readonly isFlushed: boolean }[] = []
  /** Thrown by the next commits, one each. */
  readonly failures: unknown[] = []
  /** Whether a commit with this key fails whole. */
  damagedKey: string | undefined
  #seq = 0

  constructor(flushEveryMs = 0) {
    this.flushEveryMs = flushEveryMs
  }

  commit(mutations: readonly Mutation[], isFlushed: boolean): MutationOutcome[] {
    const keys = mutations.map(({ key }) => key)
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    if (this.damagedKey !== undefined && keys.includes(this.damagedKey)) throw sqliteError(11)
    this.commits.push({ keys, isFlushed })
    return mutations.map(({ key }) =>
      key === 'bad'
        ? { type: 'failed', error: sqliteError(18) }
        : { type: 'answered', result: { type: 'done', token: tokenOf(++this.#seq) } },
    )
  }
}

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('failed'), { errcode })
}

function add(
  queue: WriteQueue,
  key: string,
  options: { isFlushed?: boolean; signal?: AbortSignal } = {},
): Promise<MutationResult> {
  return queue.add({ type: 'remove', key, token: 1 }, { isFlushed: false, ...options })
}

describe('one transaction per turn of the event loop', () => {
  test('takes in what all scopes of the process want to write, in the order of the calls', async () => {
    const target = new RecordingTarget()
    const queue = new WriteQueue(target)
    const results = await Promise.all(['a', 'b', 'c'].map(key => add(queue, key)))
    expect(target.commits).toEqual([{ keys: ['a', 'b', 'c'], isFlushed: false }])
    expect(results.map(result => result.type === 'done' && result.token)).toEqual([1n, 2n, 3n])
  })

  test('holds 64 mutations at most', async () => {
    const target = new RecordingTarget()
    const queue = new WriteQueue(target)
    await Promise.all(Array.from({ length: 130 }, (_, index) => add(queue, String(index))))
    expect(target.commits.map(({ keys }) => keys.length)).toEqual([64, 64, 2])
  })

  test('is flushed when one of them asks for it', async () => {
    const target = new RecordingTarget()
    const queue = new WriteQueue(target)
    await Promise.all([add(queue, 'a'), add(queue, 'b', { isFlushed: true })])
    await add(queue, 'c')
    expect(target.commits.map(({ isFlushed }) => isFlushed)).toEqual([true, false])
  })
})

describe('failures', () => {
  test('one bad member rejects alone', async () => {
    const queue = new WriteQueue(new RecordingTarget())
    const [first, bad, last] = await Promise.allSettled([add(queue, 'a'), add(queue, 'bad'), add(queue, 'b')])
    expect([first?.status, bad?.status, last?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('a document that makes the whole transaction fail rejects alone too', async () => {
    const target = new RecordingTarget()
    target.damagedKey = 'damaged'
    const queue = new WriteQueue(target)
    const settled = await Promise.allSettled(['a', 'damaged', 'b'].map(key => add(queue, key)))
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await add(queue, 'c')
    await Promise.all([add(queue, 'd'), add(queue, 'e')])
    expect(target.commits.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c'], ['d', 'e']])
  })

  test('a COMMIT that failed is not tried again: it may have happened', async () => {
    const target = new RecordingTarget()
    target.failures.push(new CommitFailure(sqliteError(10)))
    const queue = new WriteQueue(target)
    const errors = await Promise.all([rejection(add(queue, 'a')), rejection(add(queue, 'b'))])
    for (const error of errors) expect(error).toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
    expect(target.commits).toEqual([])
  })

  test('a lock is waited for, and what comes meanwhile joins the transaction', async () => {
    const target = new RecordingTarget()
    target.failures.push(sqliteError(5), sqliteError(5))
    const queue = new WriteQueue(target)
    const first = add(queue, 'a')
    await new Promise(resolve => setImmediate(resolve))
    await Promise.all([first, add(queue, 'b')])
    expect(target.commits.map(({ keys }) => keys)).toEqual([['a', 'b']])
  })

  test('a lock that is not given up costs each mutation its own deadline, and nothing was written', async () => {
    const target = new RecordingTarget()
    target.failures.push(...Array.from({ length: 1000 }, () => sqliteError(5)))
    const queue = new WriteQueue(target)
    const started = performance.now()
    const error = await rejection(add(queue, 'a'))
    expect(performance.now() - started).toBeGreaterThanOrEqual(target.busyTimeoutMs)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({ outcome: 'none' })
    expect((error as Error).message).toContain(target.path)
    target.failures.length = 0
    expect(await add(queue, 'b')).toMatchObject({ type: 'done' })
    expect(target.commits.map(({ keys }) => keys)).toEqual([['b']])
  })

  test('a mutation that is aborted while it waits is never executed', async () => {
    const target = new RecordingTarget()
    target.failures.push(sqliteError(5))
    const queue = new WriteQueue(target)
    const controller = new AbortController()
    const aborted = rejection(add(queue, 'a', { signal: controller.signal }))
    const other = add(queue, 'b')
    controller.abort(new Error('given up'))
    expect(await aborted).toMatchObject({ code: 'store-unavailable', outcome: 'none' })
    await other
    expect(target.commits.map(({ keys }) => keys)).toEqual([['b']])
  })
})

describe('flushing by time', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  /** Resolves when what the timers started has run. */
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

  test('commits that nobody asked to flush are flushed a while after the first of them, once', async () => {
    const target = new RecordingTarget(1000)
    const queue = new WriteQueue(target)
    await add(queue, 'a')
    vi.advanceTimersByTime(600)
    await add(queue, 'b')
    vi.advanceTimersByTime(400)
    await turn()
    expect(target.commits).toEqual([
      { keys: ['a'], isFlushed: false },
      { keys: ['b'], isFlushed: false },
      { keys: [], isFlushed: true },
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a flush that was asked for makes the timer needless', async () => {
    const queue = new WriteQueue(new RecordingTarget(1000))
    await add(queue, 'a')
    expect(vi.getTimerCount()).toBe(1)
    await add(queue, 'b', { isFlushed: true })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a flush that finds the file locked comes again', async () => {
    const target = new RecordingTarget(1000)
    const queue = new WriteQueue(target)
    await add(queue, 'a')
    target.failures.push(sqliteError(5))
    for (let period = 0; period < 2; period++) {
      vi.advanceTimersByTime(1000)
      await turn()
    }
    expect(target.failures).toEqual([])
    expect(target.commits.at(-1)).toEqual({ keys: [], isFlushed: true })
  })

  test('without a time there is no timer, and drain leaves none', async () => {
    const never = new WriteQueue(new RecordingTarget(0))
    await add(never, 'a')
    expect(vi.getTimerCount()).toBe(0)
    const queue = new WriteQueue(new RecordingTarget(1000))
    await add(queue, 'a')
    await queue.drain()
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('drain resolves when everything is answered, and at once when nothing waits', async () => {
  const queue = new WriteQueue(new RecordingTarget(20))
  await queue.drain()
  let answered = 0
  const all = Array.from({ length: 200 }, async (_, index) => {
    await add(queue, String(index))
    answered++
  })
  await queue.drain()
  await Promise.resolve()
  expect(answered).toBe(200)
  await Promise.all(all)
})
