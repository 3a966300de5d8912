import { without } from './judge.ts'
import type { LeaseMemory, LeaseWish } from './lease-memory.ts'
import type { LeaseEvent, LeaseInputs, LeaseOutcome, LeaseState, LeaseTransition, StateOf } from './lease-state.ts'
import type { LockView } from './lock-document.ts'

export function whileReleasing(
  wish: LeaseWish,
  { memory, until }: StateOf<'releasing'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  if (event.type === 'done') return over(memory, 'released')
  if (event.type === 'refused' || event.type === 'ambiguous') return relook(memory, until)
  if (event.type === 'failed') return rest(wish, memory, until, inputs)
  return stay({ type: 'releasing', memory, until })
}

export function afterRelook(
  wish: LeaseWish,
  state: StateOf<'relooking'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  const { memory, until } = state
  if (event.type === 'load-failed') return rest(wish, memory, until, inputs)
  return event.type === 'loaded' ? releaseFrom(wish, memory, event.view, until) : stay(state)
}

/** The transition of somebody who holds nothing any more, and wants nothing. */
export function release(
  wish: LeaseWish,
  { memory, view }: { readonly memory: LeaseMemory; readonly view: LockView },
  inputs: LeaseInputs,
): LeaseTransition {
  const until = releaseUntil(wish, inputs)
  return view ? releaseFrom(wish, memory, view, until) : relook(memory, until)
}

/** Takes out the own entry and nothing else, with the token (L2). */
export function releaseFrom(wish: LeaseWish, memory: LeaseMemory, view: LockView, until: number): LeaseTransition {
  if (view === undefined) return over(memory, 'released')
  const document = without(view.document, wish.id)
  if (document === view.document) return over(memory, 'released')
  const isEmpty = document.holders.length + document.waiters.length === 0
  const { token } = view
  return {
    state: { type: 'releasing', memory, until },
    effects: [isEmpty ? { type: 'remove', token } : { type: 'replace', document, token }],
  }
}

export function relook(memory: LeaseMemory, until: number): LeaseTransition {
  return { state: { type: 'relooking', memory, until }, effects: [{ type: 'load' }] }
}

export function rest(wish: LeaseWish, memory: LeaseMemory, until: number, inputs: LeaseInputs): LeaseTransition {
  return stay({ type: 'resting', memory, until, lookAt: inputs.now + retryMs(wish, inputs) })
}

export function over(memory: LeaseMemory, outcome: LeaseOutcome): LeaseTransition {
  return stay({ type: 'over', memory, outcome })
}

/** Nothing is to be done. */
export function stay(state: LeaseState): LeaseTransition {
  return { state, effects: [] }
}

/** By then everybody takes the entry for dead. */
export function releaseUntil({ leaseMs }: LeaseWish, { now }: LeaseInputs): number {
  return now + leaseMs * 1.1
}

/** Between tries of a store that fails while the lock is held or released: about fifteen in a lease. */
export function retryMs({ leaseMs }: LeaseWish, { random }: LeaseInputs): number {
  return (leaseMs / 20) * (0.5 + random)
}
