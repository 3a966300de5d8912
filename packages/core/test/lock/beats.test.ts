import { expect, test } from 'vitest'
import type { StoreToken } from '../../src/document/stored-document.ts'
import { type LeaseWish, noMemory } from '../../src/lock/lease-memory.ts'
import type { LeaseEffect, LeaseState } from '../../src/lock/lease-state.ts'
import type { LockDocument } from '../../src/lock/lock-document.ts'
import { nextLease } from '../../src/lock/next-lease.ts'
import { wish } from './lease-wish.ts'

const other = { id: 'other', type: 'exclusive', leaseMs: 1e9, beat: 1, process: 'Q' } as const

/** A lease and a store that answers at once, as long as nobody else writes. */
class Driven {
  readonly #wish: LeaseWish
  #token = 1n
  /** When each write was sent. */
  readonly sentAt: number[] = []
  state: LeaseState = { type: 'new', memory: noMemory }

  constructor(options: Partial<LeaseWish>) {
    this.#wish = { ...wish, ...options }
  }

  /** Gives it the event, and every answer that its requests have. */
  dispatch(event: Parameters<typeof nextLease>[2], now: number, stored?: LockDocument): void {
    const { state, effects } = nextLease(this.#wish, this.state, event, { now, random: 0.5 })
    this.state = state
    for (const effect of effects) this.#answer(effect, now, stored)
  }

  #answer(effect: LeaseEffect, now: number, stored: LockDocument | undefined): void {
    if (effect.type === 'load') {
      const view = stored && { document: stored, token: this.#token as StoreToken }
      this.dispatch({ type: 'loaded', view }, now)
    }
    if (effect.type !== 'insert' && effect.type !== 'replace') return
    this.sentAt.push(now)
    this.dispatch({ type: 'done', token: ++this.#token as StoreToken }, now)
  }

  /** When it wants to be called. */
  get dueAt(): number {
    if (this.state.type === 'held') return this.state.renewAt
    if (this.state.type === 'waiting') return this.state.beatAt
    throw new Error(`It is ${this.state.type}.`)
  }
}

test('a lease that is held, or waits in line, for very long remembers no more than at its beginning', () => {
  const holder = new Driven({})
  holder.dispatch({ type: 'started' }, 0)
  const waiter = new Driven({ begins: 'look' })
  waiter.dispatch({ type: 'started' }, 0, { amount: 1, holders: [other], waiters: [] })
  for (let beat = 0; beat < 1000; beat++) {
    for (const lease of [holder, waiter]) lease.dispatch({ type: 'time' }, lease.dueAt)
  }
  expect(holder.sentAt).toHaveLength(1001)
  expect(waiter.sentAt).toHaveLength(1001)
  expect([holder.state.type, holder.state.memory.sent.size]).toEqual(['held', 1])
  expect([waiter.state.type, waiter.state.memory.sent.size]).toEqual(['waiting', 1])
})

test('a beat in doubt is remembered until it cannot land any more, so that the belief can begin with it', () => {
  const lease = new Driven({})
  lease.dispatch({ type: 'started' }, 0)
  if (lease.state.type !== 'held' || lease.state.view === undefined) throw new Error('It is not held.')
  const first = lease.state.view.document
  const step = (event: Parameters<typeof nextLease>[2], now: number): void => {
    lease.state = nextLease(wish, lease.state, event, { now, random: 0.5 }).state
  }
  step({ type: 'time' }, 100)
  step({ type: 'ambiguous' }, 110)
  step({ type: 'loaded', view: { document: first, token: 2n as StoreToken } }, 120)
  step({ type: 'time' }, 130)
  step({ type: 'refused' }, 140)
  const second = { ...first, holders: first.holders.map(holder => ({ ...holder, beat: 2 })) }
  step({ type: 'loaded', view: { document: second, token: 3n as StoreToken } }, 150)
  expect(lease.state).toMatchObject({ type: 'held', grant: { believedUntil: 100 + 240 } })
})

test('leases of one process that are to beat together do so, never later than each would alone', () => {
  const leases = [3, 11, 24].map(grantedAt => {
    const lease = new Driven({ beatsEveryMs: 25 })
    lease.dispatch({ type: 'started' }, grantedAt)
    return lease
  })
  expect(leases.map(lease => lease.dueAt)).toEqual([100, 100, 100])
  for (let beat = 0; beat < 5; beat++) for (const lease of leases) lease.dispatch({ type: 'time' }, lease.dueAt)
  expect(leases.map(({ sentAt }) => sentAt.slice(1))).toEqual(leases.map(() => [100, 200, 300, 400, 500]))
})

test('multiples that are too far apart to beat at leave each lease its own time', () => {
  const lease = new Driven({ beatsEveryMs: 1000 })
  lease.dispatch({ type: 'started' }, 1010)
  expect(lease.dueAt).toBe(1110)
})
