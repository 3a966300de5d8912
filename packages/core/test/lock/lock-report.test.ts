import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LockMessage, type Scopes, memoryStore, openScopes } from '../../src/index.ts'
import { counted } from '../scope/fixture.ts'
import { gate, refusalOf } from './gate.ts'
import { SteppingClock, settled } from './stepping-clock.ts'

const leaseMs = 900
const [till, door] = ['lock:n:till', 'lock:n:door']
let time: SteppingClock
let store: ReturnType<typeof counted>
const opened: Scopes[] = []
let told: LockMessage[] = []
const note = (message: unknown): void => void told.push(message as LockMessage)

beforeEach(() => {
  time = new SteppingClock()
  store = counted(memoryStore({ clock: time }))
  told = []
  subscribe('scopes:lock', note)
})

afterEach(async () => {
  unsubscribe('scopes:lock', note)
  await Promise.all(opened.splice(0).map(scopes => scopes.close()))
})

async function open(process: string, clock: SteppingClock = time): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', process, store: store.store, clock, reaper: false })
  opened.push(scopes)
  return scopes
}

/** A body that goes on until it is told to be over. */
function hold(scopes: Scopes, name: string): { readonly end: () => void; readonly outcome: Promise<unknown> } {
  const end = gate()
  const outcome = scopes.lock({ name, leaseMs }, () => end.passed)
  outcome.catch(() => {})
  return { end: end.open, outcome }
}

const exclusive = (lock: string): object => ({ lock, lockType: 'exclusive' })

test('a free lock is granted and released; taken again in its body it tells nothing', async () => {
  const scopes = await open('A')
  await scopes.lock({ name: 'till', type: 'readonly' }, async lock => {
    await scopes.lock({ name: 'till', type: 'readonly' }, () => {})
    expect(told).toEqual([
      { lock: till, lockType: 'readonly', type: 'granted', fencingToken: lock.fencingToken, waitedMs: 0 },
    ])
    await time.advance(100)
  })
  expect(told.slice(1)).toEqual([{ lock: till, lockType: 'readonly', type: 'released', heldMs: 100 }])
})

test.each([
  { where: 'another process', of: 'B' },
  { where: 'the same process', of: 'A' },
])('who has to wait for $where tells whom for, once, and then how long', async ({ of }) => {
  const [a, b] = [await open('A'), await open('B')]
  const first = hold(a, 'till')
  await settled()
  told = []
  const second = hold(of === 'A' ? a : b, 'till')
  await time.advance(500)
  expect(told).toEqual([{ ...exclusive(till), type: 'waiting', holders: ['A'], held: [] }])
  first.end()
  await first.outcome
  second.end()
  await time.advance(500)
  await second.outcome
  expect(told.map(({ type }) => type).toSorted()).toEqual(['granted', 'released', 'released', 'waiting'])
  const granted = told.find(message => message.type === 'granted')
  expect(granted?.waitedMs).toBeGreaterThanOrEqual(500)
})

test('a time-out tells who held the lock; where the caller holds another one meanwhile, that both may wait for each other', async () => {
  const [a, b] = [await open('A'), await open('B')]
  const first = hold(a, 'till')
  await settled()
  const refused = refusalOf(b.lock({ name: 'door' }, () => b.lock({ name: 'till', timeoutMs: 400 }, () => {})))
  await time.advance(1000)
  expect(await refused).toMatchObject({ code: 'lock-timeout' })
  const rivals = { ...exclusive(till), holders: ['A'], held: [door] }
  expect(told.filter(({ lock }) => lock === till).slice(1)).toEqual([
    { ...rivals, type: 'waiting' },
    { ...rivals, type: 'timed-out', waitedMs: 400 },
    { ...rivals, type: 'deadlock-suspected' },
  ])
  first.end()
})

test('who waits in line of his process and then in the store tells it once; who holds nothing else suspects nobody', async () => {
  const [a, b] = [await open('A'), await open('B')]
  const first = hold(a, 'till')
  await settled()
  told = []
  const early = refusalOf(b.lock({ name: 'till', timeoutMs: 200 }, () => {}))
  const late = hold(b, 'till')
  await time.advance(1000)
  expect(await early).toMatchObject({ code: 'lock-timeout' })
  expect(told.map(({ type }) => type)).toEqual(['waiting', 'waiting', 'timed-out'])
  first.end()
  late.end()
  await time.advance(1000)
  await late.outcome
})

test('who does not want to wait suspects nobody', async () => {
  const [a, b] = [await open('A'), await open('B')]
  const first = hold(a, 'till')
  await settled()
  told = []
  await b.lock({ name: 'door' }, () => b.lock({ name: 'till', timeoutMs: 0, throwOnTimeout: false }, () => {}))
  expect(told.filter(({ lock }) => lock === till).map(({ type }) => type)).toEqual(['timed-out'])
  first.end()
})

test('a lock that is lost tells so, and is released all the same', async () => {
  const scopes = await open('A')
  const held = hold(scopes, 'till')
  await settled()
  store.before = () => Promise.reject(new Error('cut off'))
  await time.advance(leaseMs)
  expect(told.at(-1)).toMatchObject({ ...exclusive(till), type: 'lost', heldMs: 0.8 * leaseMs })
  store.before = () => {}
  held.end()
  await time.advance(leaseMs)
  await held.outcome
  expect(told.map(({ type }) => type)).toEqual(['granted', 'lost', 'released'])
})

test('a wait that is aborted, and one that the closing ends, are given up; what is held then is no loss', async () => {
  const [a, b] = [await open('A'), await open('B')]
  const first = hold(a, 'till')
  await settled()
  told = []
  const controller = new AbortController()
  const refused = refusalOf(b.lock({ name: 'till', signal: controller.signal }, () => {}))
  const closed = hold(b, 'till')
  await time.advance(10)
  controller.abort()
  await refused
  const closing = b.close()
  await time.advance(10)
  await closing
  await refusalOf(closed.outcome)
  // Both have the one store in memory.
  await store.store.open()
  expect(told.filter(({ type }) => type !== 'waiting')).toMatchObject([
    { type: 'given-up', waitedMs: 10, error: { code: 'store-unavailable' } },
    { type: 'given-up', error: { code: 'store-unavailable' } },
  ])
  first.end()
  await first.outcome
  const own = hold(a, 'till')
  await settled()
  told = []
  const closingA = a.close()
  own.end()
  await time.advance(10)
  await closingA
  expect(told.map(({ type }) => type)).toEqual(['released'])
})
