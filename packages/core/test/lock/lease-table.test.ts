import { expect, test } from 'vitest'
import type { StoreToken } from '../../src/document/stored-document.ts'
import { noMemory } from '../../src/lock/lease-memory.ts'
import type { LeaseEvent, LeaseState } from '../../src/lock/lease-state.ts'
import type { LockEntry } from '../../src/lock/lock-document.ts'
import { nextLease } from '../../src/lock/next-lease.ts'
import { wish } from './lease-wish.ts'

const now = 1000
const token = (number: bigint): StoreToken => number as StoreToken
const own: LockEntry = { id: 'me', type: 'exclusive', leaseMs: 300, beat: 1, process: 'P' }
const other: LockEntry = { ...own, id: 'other' }
const memory = { ...noMemory, beat: 1, sent: new Map([[1, now - 10]]) }
const mine = { document: { amount: 1, holders: [own], waiters: [] }, token: token(5n) }
const inLine = { document: { amount: 1, holders: [other], waiters: [own] }, token: token(5n) }
const grant = { token: token(5n), believedUntil: now + 200, isLost: false }

const states: { readonly [Type in LeaseState['type']]: Extract<LeaseState, { readonly type: Type }> } = {
  new: { type: 'new', memory: noMemory },
  asking: { type: 'asking', memory, write: 'enter', document: mine.document, isWanted: true },
  looking: { type: 'looking', memory, looks: 0, isWanted: true },
  waiting: { type: 'waiting', memory, view: inLine, looks: 1, lookAt: now, beatAt: now + 50 },
  pausing: { type: 'pausing', memory, looks: 1, lookAt: now },
  held: { type: 'held', memory, grant, view: mine, renewAt: now },
  renewing: { type: 'renewing', memory, grant, document: mine.document, isWanted: true },
  checking: { type: 'checking', memory, grant, isWanted: true },
  lost: { type: 'lost', memory, view: undefined },
  releasing: { type: 'releasing', memory, until: now + 300 },
  relooking: { type: 'relooking', memory, until: now + 300 },
  resting: { type: 'resting', memory, until: now + 300, lookAt: now },
  over: { type: 'over', memory, outcome: 'released' },
}

const events: { readonly [Type in LeaseEvent['type']]: Extract<LeaseEvent, { readonly type: Type }> } = {
  started: { type: 'started' },
  done: { type: 'done', token: token(6n) },
  refused: { type: 'refused' },
  ambiguous: { type: 'ambiguous' },
  failed: { type: 'failed' },
  // Nothing is there.
  loaded: { type: 'loaded', view: undefined },
  'load-failed': { type: 'load-failed' },
  woken: { type: 'woken', token: token(9n) },
  time: { type: 'time' },
  unwanted: { type: 'unwanted' },
  abandoned: { type: 'abandoned' },
}

type Row = { readonly [Type in LeaseEvent['type']]: LeaseState['type'] }

const stays = (type: LeaseState['type']): Row => ({
  started: type,
  done: type,
  refused: type,
  ambiguous: type,
  failed: type,
  loaded: type,
  'load-failed': type,
  woken: type,
  time: type,
  unwanted: type,
  abandoned: 'over',
})

/** Where each event leads from each state. */
const table: { readonly [Type in LeaseState['type']]: Row } = {
  new: { ...stays('new'), started: 'asking', unwanted: 'over' },
  asking: { ...stays('asking'), done: 'held', refused: 'looking', ambiguous: 'looking', failed: 'pausing' },
  looking: { ...stays('looking'), loaded: 'asking', 'load-failed': 'pausing' },
  waiting: { ...stays('waiting'), woken: 'looking', time: 'looking', unwanted: 'releasing' },
  pausing: { ...stays('pausing'), time: 'looking', unwanted: 'relooking' },
  held: { ...stays('held'), time: 'renewing', unwanted: 'releasing' },
  renewing: { ...stays('renewing'), done: 'held', refused: 'checking', ambiguous: 'checking', failed: 'checking' },
  checking: { ...stays('checking'), loaded: 'lost', 'load-failed': 'held' },
  lost: { ...stays('lost'), unwanted: 'relooking' },
  releasing: { ...stays('releasing'), done: 'over', refused: 'relooking', ambiguous: 'relooking', failed: 'resting' },
  relooking: { ...stays('relooking'), loaded: 'over', 'load-failed': 'resting' },
  resting: { ...stays('resting'), time: 'relooking' },
  over: stays('over'),
}

/** The same for states with a request under way that is not wanted any more. */
const unwanted: Readonly<Partial<Record<LeaseState['type'], Partial<Row>>>> = {
  asking: { done: 'releasing', refused: 'relooking', ambiguous: 'relooking', failed: 'relooking' },
  looking: { loaded: 'over', 'load-failed': 'resting' },
  renewing: { done: 'releasing', refused: 'relooking', ambiguous: 'relooking', failed: 'relooking' },
  checking: { loaded: 'over', 'load-failed': 'resting' },
}

const inputs = { now, random: 0.5 }
const rows = Object.keys(table) as LeaseState['type'][]

test.each(rows)('every event in %s leads where the table says', type => {
  for (const event of Object.values(events)) {
    const next = nextLease(wish, states[type], event, inputs)
    expect(next.state.type, `${type} + ${event.type}`).toBe(table[type][event.type])
    const requests = next.effects.filter(effect => effect.type !== 'granted' && effect.type !== 'lost')
    // A request goes with each state that waits for an answer, and with no other.
    const isAsked = ['asking', 'looking', 'renewing', 'checking', 'releasing', 'relooking'].includes(next.state.type)
    expect(requests.length, `${type} + ${event.type}`).toBe(isAsked && next.state.type !== type ? 1 : requests.length)
    if (next.state === states[type]) expect(next.effects).toEqual([])
  }
})

test.each(Object.entries(unwanted))('what is not wanted any more in %s is taken back', (type, row) => {
  const state = { ...states[type as LeaseState['type']], isWanted: false } as LeaseState
  for (const event of Object.values(events)) {
    const expected = row?.[event.type] ?? (event.type === 'abandoned' ? 'over' : type)
    expect(nextLease(wish, state, event, inputs).state.type, `${type} + ${event.type}`).toBe(expected)
  }
})

test('what need not be waited for ends at the first obstacle', () => {
  const hasty = { ...wish, waits: false }
  const taken = nextLease(hasty, states.looking, { type: 'loaded', view: inLine }, inputs)
  expect(taken.state).toMatchObject({ type: 'over', outcome: 'taken' })
  for (const [type, event] of [
    ['looking', events['load-failed']],
    ['asking', events.failed],
  ] as const) {
    expect(nextLease(hasty, states[type], event, inputs).state).toMatchObject({ type: 'over', outcome: 'failed' })
  }
})

test('a belief ends by time while an answer is under way, once, and the answer does not bring it back', () => {
  for (const type of ['renewing', 'checking'] as const) {
    const late = { now: grant.believedUntil, random: 0.5 }
    const lapsed = nextLease(wish, states[type], events.time, late)
    expect(lapsed.effects).toEqual([{ type: 'lost' }])
    expect(nextLease(wish, lapsed.state, events.time, late).effects).toEqual([])
    const event = type === 'renewing' ? events.done : ({ type: 'loaded', view: mine } as const)
    const answered = nextLease(wish, lapsed.state, event, late)
    expect(answered).toMatchObject({ state: { type: 'lost' }, effects: [] })
  }
})

test('a resting release ends when the others take the entry for dead', () => {
  const late = { now: now + 300, random: 0.5 }
  expect(nextLease(wish, states.resting, events.time, late).state).toMatchObject({ type: 'over', outcome: 'released' })
})

test('news that is no news wakes nobody', () => {
  const own6 = { type: 'woken', token: token(5n) } as const
  expect(nextLease(wish, states.waiting, own6, inputs).state).toBe(states.waiting)
  const unknown = { type: 'woken', token: undefined } as const
  expect(nextLease(wish, states.waiting, unknown, inputs).state.type).toBe('looking')
})

test('a beat in line is written in its place, with the token that was read', () => {
  const due = { ...states.waiting, beatAt: now }
  const next = nextLease(wish, due, events.time, inputs)
  expect(next.effects).toEqual([
    {
      type: 'replace',
      token: inLine.token,
      document: { amount: 1, holders: [other], waiters: [{ ...own, beat: 2 }] },
    },
  ])
})

test('where callers do not agree how many may hold it, the lowest counts; readers have no say', () => {
  const three = { ...wish, id: 'new', amount: 3 }
  const looked = (holders: readonly LockEntry[], amount: number): string =>
    nextLease(
      three,
      states.looking,
      { type: 'loaded', view: { ...mine, document: { amount, holders, waiters: [] } } },
      inputs,
    )
      .effects.map(effect => (effect.type === 'replace' ? `${effect.document.holders.length}` : effect.type))
      .join()
  expect(looked([own, other], 3)).toBe('3')
  expect(looked([own, other], 2)).toBe('2')
  expect(looked([{ ...own, type: 'readonly' }], 1)).toBe('2')
})
