import { afterAsking, afterFailure, afterLook, enter, look, whileWaiting } from './acquire.ts'
import { whileChecking, whileHeld, whileRenewing } from './hold.ts'
import type { LeaseWish } from './lease-memory.ts'
import type { LeaseEvent, LeaseInputs, LeaseState, LeaseTransition } from './lease-state.ts'
import { afterRelook, over, release, releaseUntil, relook, stay, whileReleasing } from './release.ts'

/**
 * The next state of a lease (facts: lease protocol §1 and §2). Pure; an event that a state does not expect leaves it as it is.
 * Transitions: SPEC.md.
 */
export function nextLease(wish: LeaseWish, state: LeaseState, event: LeaseEvent, inputs: LeaseInputs): LeaseTransition {
  if (event.type === 'abandoned') return over(state.memory, 'released')
  switch (state.type) {
    case 'new':
      if (event.type === 'unwanted') return over(state.memory, 'released')
      if (event.type !== 'started') return stay(state)
      return wish.begins === 'insert' ? enter(wish, state.memory, undefined, inputs) : look(state.memory, 0)
    case 'asking':
      return afterAsking(wish, state, event, inputs)
    case 'looking':
      if (event.type === 'loaded') return afterLook(wish, state, event.view, inputs)
      if (event.type === 'load-failed') return afterFailure(wish, state, inputs)
      return event.type === 'unwanted' ? stay({ ...state, isWanted: false }) : stay(state)
    case 'waiting':
      return whileWaiting(wish, state, event, inputs)
    case 'pausing':
      if (event.type === 'unwanted') return relook(state.memory, releaseUntil(wish, inputs))
      return event.type === 'time' && inputs.now >= state.lookAt ? look(state.memory, state.looks) : stay(state)
    case 'held':
      return whileHeld(wish, state, event, inputs)
    case 'renewing':
      return whileRenewing(wish, state, event, inputs)
    case 'checking':
      return whileChecking(wish, state, event, inputs)
    case 'lost':
      return event.type === 'unwanted' ? release(wish, state, inputs) : stay(state)
    case 'releasing':
      return whileReleasing(wish, state, event, inputs)
    case 'relooking':
      return afterRelook(wish, state, event, inputs)
    case 'resting':
      if (event.type !== 'time' || inputs.now < state.lookAt) return stay(state)
      return inputs.now >= state.until ? over(state.memory, 'released') : relook(state.memory, state.until)
    case 'over':
      return stay(state)
    default:
      return state satisfies never
  }
}

/** When the driver is to report `time`, monotonic milliseconds; undefined: nothing is waited for but an answer. */
export function wakeAt(state: LeaseState): number | undefined {
  switch (state.type) {
    case 'waiting':
      return Math.min(state.lookAt, state.beatAt)
    case 'pausing':
    case 'resting':
      return state.lookAt
    case 'held':
      return Math.min(state.grant.believedUntil, state.renewAt)
    case 'renewing':
    case 'checking':
      return state.grant.isLost ? undefined : state.grant.believedUntil
    case 'new':
    case 'asking':
    case 'looking':
    case 'lost':
    case 'releasing':
    case 'relooking':
    case 'over':
      return undefined
    default:
      return state satisfies never
  }
}
