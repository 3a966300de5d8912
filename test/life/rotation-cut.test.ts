import type { DocumentStore, MutationResult } from '@scopes/core'
import { expect, test } from 'vitest'
import { key, minute, world } from './world.ts'

/** Where the process is killed that rotates: at which of its writes, and whether the store had executed that. */
interface Cut {
  readonly at: number
  readonly isExecuted: boolean
}

/** The store as a process sees it that is killed there: it hears of nothing any more, and nothing of it arrives. */
function cutOff(store: DocumentStore, { at, isExecuted }: Cut): { readonly store: DocumentStore; arm: () => void } {
  let left = Infinity
  const silence = (): Promise<never> => new Promise(() => {})
  const write = (send: () => Promise<MutationResult>): Promise<MutationResult> => {
    left--
    if (left > 0) return send()
    if (left === 0 && isExecuted) void send()
    return silence()
  }
  return {
    arm: () => (left = at),
    store: {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      close: async () => {},
      load: (loaded, options) => (left > 0 ? store.load(loaded, options) : silence()),
      insert: (...call) => write(() => store.insert(...call)),
      append: (...call) => write(() => store.append(...call)),
      replace: (...call) => write(() => store.replace(...call)),
      remove: (...call) => write(() => store.remove(...call)),
    },
  }
}

const cuts: readonly (Cut & { readonly isDecided: boolean })[] = [
  { at: 1, isExecuted: false, isDecided: false },
  { at: 1, isExecuted: true, isDecided: false },
  { at: 2, isExecuted: false, isDecided: false },
  { at: 2, isExecuted: true, isDecided: true },
  { at: 3, isExecuted: false, isDecided: true },
  { at: 3, isExecuted: true, isDecided: true },
]

test.each(cuts.flatMap(cut => [true, false].map(hasHandlers => ({ ...cut, hasHandlers }))))(
  'a rotation that is cut off at write $at (executed: $isExecuted; has handlers: $hasHandlers) loses no end and tells of none that was not',
  async ({ hasHandlers, isDecided, ...cut }) => {
    const { process, clock, store } = world({ reaper: { leaseMs: 120_000 } })
    const others = await process('B')
    others.handle()
    const dying = cutOff(store, cut)
    const a = await process('A', { store: dying.store, reaper: false })
    if (hasHandlers) a.handle()
    const visit = await a.see('home')
    await clock.advance(5000)
    dying.arm()
    void visit.rotate().catch(() => {})
    await clock.advance(5 * minute)
    const told = others.told.map(({ key: { id }, reason, value }) => ({ isOld: id === 'v', reason, value }))
    const value = { pages: ['home'] }
    expect(told).toEqual(
      isDecided
        ? [
            { isOld: true, reason: 'rotated', value },
            { isOld: false, reason: 'expired', value },
          ]
        : [{ isOld: true, reason: 'expired', value }],
    )
    // Nothing is left but the end markers, which know no state any more.
    await clock.jump(11 * minute)
    await clock.advance(minute)
    expect(await store.load(key)).toBeUndefined()
    const next = others.told.at(-1)?.key.id ?? ''
    expect(await store.load(`visit:shop:${next}`)).toBeUndefined()
  },
)

test('a rotation that goes on after its minute, when its copy has been ended, is told so, and the ends are told once', async () => {
  const { process, clock, store } = world({ reaper: { leaseMs: 120_000 } })
  const others = await process('B')
  others.handle()
  const a = await process('A', { reaper: false })
  const visit = await a.see('home')
  await clock.advance(5000)
  a.faulty.faults.next({ operation: 'replace', fault: 'lose-after', key })
  a.faulty.faults.next({ operation: 'load', fault: 'fail' })
  const rotating = visit.rotate()
  const refused = rotating.then(
    () => undefined,
    (error: unknown) => error,
  )
  await clock.advance(1)
  a.faulty.faults.failing(true)
  await clock.advance(3 * minute)
  expect(await refused).toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  a.faulty.faults.failing(false)
  const again = visit.rotate().catch((error: unknown) => error)
  await clock.advance(5000)
  expect(await again).toMatchObject({ code: 'ended' })
  expect(others.told.map(({ reason }) => reason)).toEqual(['rotated', 'expired'])
  expect(await store.load(key)).toBeDefined()
})

test('the copy of a rotation that is decided late, after its minute, lives', async () => {
  const { process, clock, store } = world({ reaper: { leaseMs: 120_000 } })
  const others = await process('B')
  others.handle()
  const a = await process('A', { reaper: false, commitTimeoutMs: 600_000 })
  const visit = await a.see('home')
  await visit.setLifetime({ idle: '1h' })
  await clock.advance(5000)
  a.faulty.faults.next({ operation: 'replace', fault: 'delay', delayMs: 90_000, key })
  const rotating = visit.rotate()
  await clock.advance(3 * minute)
  const next = await rotating
  await clock.advance(5 * minute)
  expect(next.value).toEqual({ pages: ['home'] })
  expect(next.ended).toBeUndefined()
  expect(await store.load(`visit:shop:${next.id}`)).toBeDefined()
  expect(others.told.map(({ reason }) => reason)).toEqual(['rotated'])
})
