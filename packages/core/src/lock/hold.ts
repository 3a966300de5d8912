import { withEntry } from './judge.ts'
import {
  type LeaseMemory,
  type LeaseWish,
  believedUntil,
  entryOf,
  ownEntry,
  sentAt,
  withoutOlder,
} from './lease-memory.ts'
import type { Grant, LeaseEvent, LeaseInputs, LeaseTransition, StateOf } from './lease-state.ts'
import type { LockView } from './lock-document.ts'
import { release, releaseFrom, releaseUntil, relook, rest, retryMs, stay } from './release.ts'

export function whileHeld(
  wish: LeaseWish,
  state: StateOf<'held'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  const { memory, grant, view, renewAt } = state
  if (event.type === 'unwanted') return release(wish, state, inputs)
  if (event.type !== 'time') return stay(state)
  if (inputs.now >= grant.believedUntil) return lose(memory, view)
  if (inputs.now < renewAt) return stay(state)
  if (view === undefined) return check(memory, grant)
  const { entry, memory: next } = entryOf(wish, memory, inputs.now)
  const document = withEntry(view.document, entry)
  return {
    state: { type: 'renewing', memory: next, grant, document, isWanted: true },
    effects: [{ type: 'replace', document, token: view.token }],
  }
}

export function whileRenewing(
  wish: LeaseWish,
  state: StateOf<'renewing'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  const { memory, grant, document, isWanted } = state
  switch (event.type) {
    case 'done': {
      const view = { document, token: event.token }
      return isWanted ? hold(wish, memory, { grant, view }, inputs) : release(wish, { memory, view }, inputs)
    }
    case 'refused':
    case 'ambiguous':
    case 'failed':
      if (!isWanted) return relook(memory, releaseUntil(wish, inputs))
      return grant.isLost ? stay({ type: 'lost', memory, view: undefined }) : check(memory, grant)
    case 'time':
      return lapse(state, inputs)
    case 'unwanted':
      return stay({ ...state, isWanted: false })
    case 'started':
    case 'loaded':
    case 'load-failed':
    case 'woken':
    case 'abandoned':
      return stay(state)
    default:
      return event satisfies never
  }
}

export function whileChecking(
  wish: LeaseWish,
  state: StateOf<'checking'>,
  event: LeaseEvent,
  inputs: LeaseInputs,
): LeaseTransition {
  const { memory, grant, isWanted } = state
  switch (event.type) {
    case 'loaded': {
      const { view } = event
      if (!isWanted) return releaseFrom(wish, memory, view, releaseUntil(wish, inputs))
      const isThere = view !== undefined && ownEntry(wish, view.document.holders) !== undefined
      if (isThere) return hold(wish, memory, { grant, view }, inputs)
      return grant.isLost ? stay({ type: 'lost', memory, view }) : lose(memory, view)
    }
    case 'load-failed': {
      if (!isWanted) return rest(wish, memory, releaseUntil(wish, inputs), inputs)
      if (grant.isLost) return stay({ type: 'lost', memory, view: undefined })
      return stay({ type: 'held', memory, grant, view: undefined, renewAt: inputs.now + retryMs(wish, inputs) })
    }
    case 'time':
      return lapse(state, inputs)
    case 'unwanted':
      return stay({ ...state, isWanted: false })
    case 'started':
    case 'done':
    case 'refused':
    case 'ambiguous':
    case 'failed':
    case 'woken':
    case 'abandoned':
      return stay(state)
    default:
      return event satisfies never
  }
}

/** The own entry is in the document: the belief lasts from the sending of the beat that is in it (L4). A lost one stays lost. */
export function hold(
  wish: LeaseWish,
  memory: LeaseMemory,
  { grant, view }: { readonly grant: Grant; readonly view: NonNullable<LockView> },
  { now }: LeaseInputs,
): LeaseTransition {
  if (grant.isLost) return stay({ type: 'lost', memory, view })
  const until = Math.max(grant.believedUntil, believedUntil(wish, memory, view.document))
  if (until <= now) return lose(memory, view)
  const own = ownEntry(wish, view.document.holders)
  const isNewest = own?.beat === memory.beat
  const renewAt = isNewest ? nextBeatAt(wish, sentAt(memory, own)) : now
  const kept = own ? withoutOlder(memory, own.beat) : memory
  return stay({ type: 'held', memory: kept, grant: { ...grant, believedUntil: until }, view, renewAt })
}

function nextBeatAt({ leaseMs, beatsEveryMs }: LeaseWish, beatAt: number): number {
  const latest = beatAt + leaseMs / 3
  if (beatsEveryMs === undefined) return latest
  const together = latest - (latest % beatsEveryMs)
  return together > beatAt ? together : latest
}

function lose(memory: LeaseMemory, view: LockView): LeaseTransition {
  return { state: { type: 'lost', memory, view }, effects: [{ type: 'lost' }] }
}

/** The belief ends while a request is under way. */
function lapse(state: StateOf<'renewing' | 'checking'>, { now }: LeaseInputs): LeaseTransition {
  const { grant } = state
  if (grant.isLost || now < grant.believedUntil) return stay(state)
  return { state: { ...state, grant: { ...grant, isLost: true } }, effects: [{ type: 'lost' }] }
}

function check(memory: LeaseMemory, grant: Grant): LeaseTransition {
  return { state: { type: 'checking', memory, grant, isWanted: true }, effects: [{ type: 'load' }] }
}
