import { compareTokens } from '../document/stored-document.ts'
import { hold } from './hold.ts'
import { type Judged, judge, withEntry } from './judge.ts'
import {
  type LeaseMemory,
  type LeaseWish,
  believedUntil,
  entryOf,
  nextSilence,
  ownEntry,
  sentAt,
  withoutOlder,
} from './lease-memory.ts'
import type { Grant, LeaseEvent, LeaseInputs, LeaseTransition, StateOf } from './lease-state.ts'
import type { LockView } from './lock-document.ts'
import { over, release, releaseFrom, releaseUntil, relook, rest, stay } from './release.ts'

export function afterAsking(
  wish: LeaseWish,
  state: StateOf<'asking'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  const { memory, document, isWanted } = state
  switch (event.type) {
    case 'done': {
      const view = { document, token: event.token }
      if (!isWanted) return release(wish, { memory, view }, inputs)
      return state.write === 'enter'
        ? granted(wish, memory, view, inputs)
        : wait(wish, memory, { view, looks: 0 }, inputs)
    }
    case 'refused':
    case 'ambiguous':
      return isWanted ? look(memory, 0) : relook(memory, releaseUntil(wish, inputs))
    case 'failed':
      return isWanted
        ? afterFailure(wish, { memory, looks: 0, isWanted }, inputs)
        : relook(memory, releaseUntil(wish, inputs))
    case 'unwanted':
      return stay({ ...state, isWanted: false })
    case 'started':
    case 'loaded':
    case 'load-failed':
    case 'woken':
    case 'time':
    case 'abandoned':
      return stay(state)
    default:
      return event satisfies never
  }
}

/** What is to be done about the document that was read. */
export function afterLook(
  wish: LeaseWish,
  { memory, looks, isWanted }: StateOf<'looking'>,
  view: LockView,
  inputs: LeaseInputs,
): LeaseTransition {
  if (!isWanted) return releaseFrom(wish, memory, view, releaseUntil(wish, inputs))
  if (view === undefined) return enter(wish, memory, undefined, inputs)
  const judged = judge(wish, memory, view.document, inputs.now)
  const known = judged.memory
  // An earlier request of which nothing was heard has landed (L3).
  if (judged.own === 'holds') return granted(wish, known, view, inputs)
  if (judged.fits) return enter(wish, known, { ...view, judged }, inputs)
  if (!wish.waits) return over(known, 'taken')
  if (judged.own === 'none') {
    const { document, token } = view
    return beat(wish, known, { document: { ...document, amount: judged.amount }, token }, inputs)
  }
  return wait(wish, known, { view, looks: looks + 1 }, inputs)
}

export function afterFailure(
  wish: LeaseWish,
  { memory, looks, isWanted }: Pick<StateOf<'looking'>, 'memory' | 'looks' | 'isWanted'>,
  inputs: LeaseInputs,
): LeaseTransition {
  if (!isWanted) return rest(wish, memory, releaseUntil(wish, inputs), inputs)
  if (!wish.waits) return over(memory, 'failed')
  return stay({ type: 'pausing', memory, looks: looks + 1, lookAt: inputs.now + pollMs(wish, looks, inputs) })
}

export function whileWaiting(
  wish: LeaseWish,
  state: StateOf<'waiting'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  if (event.type === 'unwanted') return release(wish, state, inputs)
  if (event.type === 'woken') {
    // Its own write is announced too.
    const isNews = event.token === undefined || compareTokens(event.token, state.view.token) > 0
    return isNews ? look(state.memory, state.looks) : stay(state)
  }
  if (event.type !== 'time') return stay(state)
  if (inputs.now >= state.beatAt) return beat(wish, state.memory, state.view, inputs)
  return inputs.now >= state.lookAt ? look(state.memory, state.looks) : stay(state)
}

/** Takes the lock: where nobody has it by an insert, else with the token of the read that was judged (L1). */
export function enter(
  wish: LeaseWish,
  memory: LeaseMemory,
  view: (NonNullable<LockView> & { readonly judged: Judged }) | undefined,
  { now }: LeaseInputs,
): LeaseTransition {
  const { entry, memory: next } = entryOf(wish, memory, now)
  const document = view
    ? { amount: view.judged.amount, holders: [...view.judged.holders, entry], waiters: view.judged.waiters }
    : { amount: wish.amount, holders: [entry], waiters: [] }
  return {
    state: { type: 'asking', memory: next, write: 'enter', document, isWanted: true },
    effects: [view ? { type: 'replace', document, token: view.token } : { type: 'insert', document }],
  }
}

/** Writes a sign of life where the entry is, or a place at the end of the line (L11). */
function beat(
  wish: LeaseWish,
  memory: LeaseMemory,
  view: NonNullable<LockView>,
  { now }: LeaseInputs,
): LeaseTransition {
  const { entry, memory: next } = entryOf(wish, memory, now)
  const document = withEntry(view.document, entry)
  return {
    state: { type: 'asking', memory: next, write: 'line', document, isWanted: true },
    effects: [{ type: 'replace', document, token: view.token }],
  }
}

function wait(
  wish: LeaseWish,
  memory: LeaseMemory,
  { view, looks }: { readonly view: NonNullable<LockView>; readonly looks: number },
  inputs: LeaseInputs,
): LeaseTransition {
  const { now } = inputs
  const own = ownEntry(wish, view.document.waiters)
  const beatAt = (own ? sentAt(memory, own) : now) + wish.leaseMs / 3
  const lookAt = Math.min(now + pollMs(wish, looks, inputs), nextSilence(memory, view.document, now))
  const kept = own ? withoutOlder(memory, own.beat) : memory
  return stay({ type: 'waiting', memory: kept, view, looks, lookAt, beatAt })
}

/** The own entry is among the holders: the lock is held, unless that was written so long ago that others may take it for dead. */
function granted(
  wish: LeaseWish,
  memory: LeaseMemory,
  view: NonNullable<LockView>,
  inputs: LeaseInputs,
): LeaseTransition {
  const until = believedUntil(wish, memory, view.document)
  if (until <= inputs.now) {
    const { entry, memory: next } = entryOf(wish, memory, inputs.now)
    const document = withEntry(view.document, entry)
    return {
      state: { type: 'asking', memory: next, write: 'enter', document, isWanted: true },
      effects: [{ type: 'replace', document, token: view.token }],
    }
  }
  const grant: Grant = { token: view.token, believedUntil: until, isLost: false }
  const { state, effects } = hold(wish, memory, { grant, view }, inputs)
  return { state, effects: [...effects, { type: 'granted', token: view.token }] }
}

export function look(memory: LeaseMemory, looks: number): LeaseTransition {
  return { state: { type: 'looking', memory, looks, isWanted: true }, effects: [{ type: 'load' }] }
}

/** 50 ms, doubling up to a quarter of the lease, with jitter. */
function pollMs({ leaseMs }: LeaseWish, looks: number, { random }: LeaseInputs): number {
  return Math.min(50 * 2 ** Math.min(looks, 16), leaseMs / 4) * (0.5 + random / 2)
}
