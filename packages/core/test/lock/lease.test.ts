import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { Patience } from '../../src/commit/patience.ts'
import { StoreUnavailableError, memoryStore } from '../../src/index.ts'
import { LeaseIds } from '../../src/lock/lease-ids.ts'
import type { LeaseServices } from '../../src/lock/lease-run.ts'
import { LeaseCandidate } from '../../src/lock/lease.ts'
import { partitionLeaseKey } from '../../src/lock/lock-key.ts'
import { counted } from '../scope/fixture.ts'
import { SteppingClock } from './stepping-clock.ts'

const key = partitionLeaseKey('shop', 7)
const leaseMs = 3000

function world(): {
  readonly clock: SteppingClock
  readonly store: ReturnType<typeof counted>
  readonly candidate: (process: string, clock?: Clock) => LeaseCandidate
} {
  const clock = new SteppingClock()
  const store = counted(memoryStore({ clock }))
  const services = (process: string, itsClock: Clock): LeaseServices => ({
    store: store.store,
    clock: itsClock,
    patience: new Patience(itsClock, 10_000),
    ids: new LeaseIds(process),
  })
  return {
    clock,
    store,
    candidate: (process, itsClock = clock) => new LeaseCandidate(services(process, itsClock), key, { leaseMs }),
  }
}

test('a free lease is taken with a load and an insert, and given back with a removal', async () => {
  const { store, candidate } = world()
  const lease = await candidate('A').tryAcquire()
  expect(store.counts).toMatchObject({ load: 1, insert: 1, replace: 0 })
  await lease?.release()
  expect(store.counts).toMatchObject({ load: 1, insert: 1, replace: 0, remove: 1 })
  expect(await store.store.load(key)).toBeUndefined()
})

test('who finds it taken stands in no line: a load, and nothing written', async () => {
  const { store, candidate } = world()
  await candidate('A').tryAcquire()
  const before = { ...store.counts }
  expect(await candidate('B').tryAcquire()).toBeUndefined()
  expect(store.counts).toEqual({ ...before, load: before.load + 1 })
})

test('it renews itself for as long as it is held', async () => {
  const { clock, candidate } = world()
  const lease = await candidate('A').tryAcquire()
  const other = candidate('B')
  for (let turn = 0; turn < 20; turn++) {
    await clock.advance(leaseMs / 3)
    expect(await other.tryAcquire()).toBeUndefined()
  }
  expect(lease?.signal.aborted).toBe(false)
  await lease?.release()
  expect(await other.tryAcquire()).toBeDefined()
})

test('a dead holder is taken over after its lease, by who has watched it for so long, with a greater token', async () => {
  const { clock, store, candidate } = world()
  const dead = await candidate('A', { ...clockOf(clock), sleep: () => new Promise(() => {}) }).tryAcquire()
  const other = candidate('B')
  let waited = 0
  let lease = await other.tryAcquire()
  while (lease === undefined && waited < 10 * leaseMs) {
    await clock.advance(leaseMs / 3)
    waited += leaseMs / 3
    lease = await other.tryAcquire()
  }
  expect(waited).toBeGreaterThan(leaseMs)
  expect(waited).toBeLessThanOrEqual(2 * leaseMs)
  expect(lease && dead && lease.fencingToken > dead.fencingToken).toBe(true)
  expect(store.counts.remove).toBe(0)
})

test('who cannot renew stops to believe before anybody may take it over, and says so', async () => {
  const { clock, store, candidate } = world()
  const lease = await candidate('A').tryAcquire()
  store.before = () => Promise.reject(new StoreUnavailableError('down', { outcome: 'none' }))
  await clock.advance(0.79 * leaseMs)
  expect(lease?.signal.aborted).toBe(false)
  await clock.advance(0.02 * leaseMs)
  expect(lease?.signal.reason).toMatchObject({ code: 'lock-lost', lock: key })
  // The store is back: what is lost stays lost, and is given back.
  store.before = () => {}
  await lease?.release()
  expect(await store.store.load(key)).toBeUndefined()
})

test('a store that fails is an error and no "taken"; the next try is another', async () => {
  const { store, candidate } = world()
  const one = candidate('A')
  store.before = () => Promise.reject(new StoreUnavailableError('down', { outcome: 'unknown' }))
  await expect(one.tryAcquire()).rejects.toMatchObject({ code: 'store-unavailable' })
  store.before = () => {}
  expect(await one.tryAcquire()).toBeDefined()
})

test('a release that cannot be stored ends when the others take the lease for dead', async () => {
  const { clock, store, candidate } = world()
  const lease = await candidate('A').tryAcquire()
  store.before = () => Promise.reject(new StoreUnavailableError('down', { outcome: 'unknown' }))
  let isReleased = false
  void lease?.release().then(() => {
    isReleased = true
  })
  await clock.advance(leaseMs)
  expect(isReleased).toBe(false)
  await clock.advance(leaseMs / 4)
  expect(isReleased).toBe(true)
})

function clockOf(clock: Clock): Clock {
  return { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: (ms, signal) => clock.sleep(ms, signal) }
}
