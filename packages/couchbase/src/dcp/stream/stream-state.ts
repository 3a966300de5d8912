import type { FailoverLog } from '../codec/failover-log.ts'
import type { StreamEndReason } from '../codec/stream-end.ts'
import type { StreamMessage } from '../codec/stream-message.ts'
import type { StreamAnswer } from '../codec/stream-request.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { answerToAccepted, rolledBackTo } from './branch.ts'
import { type Position, positionNow, requested } from './position.ts'
import { type SnapshotBounds, type StreamItem, passed } from './snapshot.ts'

/** Where a stream begins: `now` until it is known what now is. */
export type StreamStart = Position | 'now'

/** Why a stream is not open. */
export type WaitReason =
  | 'opening'
  /** Another node has the vbucket. */
  | 'moved'
  | 'disconnected'
  /** The server cannot at the moment. */
  | 'busy'
  /** The server ended it, for a reason that passes. */
  | 'ended'
  /** The server broke the protocol. */
  | 'broken'
  /** The node does not know the collection; it may not have heard of it yet. */
  | 'unknown-collection'
  /** The node refuses the vbucket and does not say that this will pass. */
  | 'refused'

/** Why a stream will not be opened again. */
export type FailReason = 'no-access' | 'unknown-collection' | 'filter-empty'

/** One vbucket's stream. SPEC.md has the table. */
export type StreamState =
  | (Open & {
      /** Until there is a connection to the master of the vbucket, and a pause has passed. */
      readonly type: 'waiting'
      readonly start: StreamStart
      readonly reason: WaitReason
    })
  | (Open & {
      /** Asking what now is: the failover log and the highest seqno, on one connection. */
      readonly type: 'locating'
    })
  | (Open & {
      readonly type: 'requesting'
      readonly position: Position
      /** Where the first request stood, when the server has said that this is not part of its history. */
      readonly rolledBackFrom: Position | undefined
    })
  | (Open & {
      readonly type: 'streaming'
      /** Of the last item that was delivered. */
      readonly position: Position
      /** As it was announced; the position has it only from the first item on. */
      readonly snapshot: SnapshotBounds | undefined
    })
  | { readonly type: 'failed'; readonly start: StreamStart; readonly reason: FailReason }
  | { readonly type: 'closed'; readonly start: StreamStart }

interface Open {
  /** Counts requests. What carries another one is of an earlier request and changes nothing. */
  readonly epoch: number
  /** How often it was waited since the last item, for the driver's back-off. */
  readonly attempt: number
}

/** What happens to a stream. */
export type StreamEvent =
  /** There is a connection to the master of the vbucket, and the pause is over. */
  | { readonly type: 'ready' }
  | { readonly type: 'located'; readonly failoverLog: FailoverLog; readonly seqno: number }
  | { readonly type: 'answered'; readonly epoch: number; readonly answer: StreamAnswer }
  | { readonly type: 'message'; readonly epoch: number; readonly message: StreamMessage }
  /** What came in a frame of the stream breaks the grammar of its message. */
  | { readonly type: 'malformed'; readonly epoch: number; readonly detail: string }
  /** A newer config names another master. */
  | { readonly type: 'moved' }
  | { readonly type: 'disconnected' }
  /** Nobody reads it any more. */
  | { readonly type: 'close' }

/** What is to be done, in this order. */
export type StreamEffect =
  | { readonly type: 'locate' }
  | { readonly type: 'request'; readonly epoch: number; readonly position: Position }
  | { readonly type: 'close-stream' }
  | { readonly type: 'wait'; readonly reason: WaitReason; readonly attempt: number }
  /** The stream is open; its position is a token, before any item. */
  | { readonly type: 'opened'; readonly position: Position }
  /** To be told before `opened` and anything of the new branch. */
  | { readonly type: 'rolled-back' }
  /** The same branch, but removals may have been forgotten: all current documents follow. */
  | { readonly type: 'lost' }
  /** An item and the position behind it, to be handed out when it has taken effect. */
  | { readonly type: 'deliver'; readonly item: StreamItem; readonly position: Position }
  /** Nothing for this reader up to the position. */
  | { readonly type: 'advance'; readonly position: Position }
  | { readonly type: 'broken'; readonly detail: string }
  /** To be told: the vbucket is not read until the node takes it, and others go on. */
  | { readonly type: 'refused'; readonly status: number }
  | { readonly type: 'fail'; readonly reason: FailReason; readonly status: number | undefined }

/** A state and what it asks for. */
export interface StreamStep {
  readonly state: StreamState
  readonly effects: readonly StreamEffect[]
}

/** A stream that waits for its first connection. */
export function beginStream(start: StreamStart): StreamState {
  return { type: 'waiting', start, reason: 'opening', epoch: 0, attempt: 0 }
}

/**
 * Where the stream stands: what its feed token says, or `now` while that is not known. After a rollback that was not yet
 * told it is where the stream stood before: whoever resumes there is told.
 */
export function startOf(state: StreamState): StreamStart {
  if (state.type === 'locating') return 'now'
  if (state.type === 'requesting') return state.rolledBackFrom ?? state.position
  return 'position' in state ? state.position : state.start
}

/** The next state. Pure: what is due to time, chance or the network is in the event. */
export function nextStreamState(state: StreamState, event: StreamEvent): StreamStep {
  if (event.type === 'close') return closed(state)
  switch (state.type) {
    case 'waiting':
      return event.type === 'ready' ? opening(state) : stay(state)
    case 'locating':
      if (event.type === 'located') return request(state, positionNow(event.failoverLog, event.seqno), undefined)
      return interrupted(state, event)
    case 'requesting':
      if (event.type === 'answered' && event.epoch === state.epoch) return answered(state, event.answer)
      if (event.type === 'message' && event.epoch === state.epoch) return broken(state, 'a message before the answer')
      if (event.type === 'malformed' && event.epoch === state.epoch) return broken(state, event.detail)
      return interrupted(state, event)
    case 'streaming':
      if (event.type === 'message' && event.epoch === state.epoch) return messaged(state, event.message)
      if (event.type === 'malformed' && event.epoch === state.epoch) return broken(state, event.detail)
      return interrupted(state, event)
    case 'failed':
    case 'closed':
      return stay(state)
    default:
      return state satisfies never
  }
}

type Waiting = Extract<StreamState, { type: 'waiting' }>
type Requesting = Extract<StreamState, { type: 'requesting' }>
type Streaming = Extract<StreamState, { type: 'streaming' }>
type Connected = Extract<StreamState, { type: 'locating' | 'requesting' | 'streaming' }>

function opening(state: Waiting): StreamStep {
  const { start, epoch, attempt } = state
  if (start !== 'now') return request(state, start, undefined)
  return { state: { type: 'locating', epoch, attempt }, effects: [{ type: 'locate' }] }
}

function request({ epoch, attempt }: Open, position: Position, rolledBackFrom: Position | undefined): StreamStep {
  const next = epoch + 1
  return {
    state: { type: 'requesting', position, rolledBackFrom, epoch: next, attempt },
    effects: [{ type: 'request', epoch: next, position: requested(position) }],
  }
}

function interrupted(state: Connected, event: StreamEvent): StreamStep {
  if (event.type === 'disconnected') return wait(state, 'disconnected')
  return event.type === 'moved' ? wait(state, 'moved', closeOf(state)) : stay(state)
}

function answered(state: Requesting, answer: StreamAnswer): StreamStep {
  const { position, rolledBackFrom, epoch, attempt } = state
  switch (answer.type) {
    case 'accepted': {
      const { current, tell } = answerToAccepted(position, rolledBackFrom, answer.failoverLog)
      const told: readonly StreamEffect[] = tell === undefined ? [] : [{ type: tell }]
      return {
        state: { type: 'streaming', position: current, snapshot: undefined, epoch, attempt },
        effects: [...told, { type: 'opened', position: current }],
      }
    }
    case 'rollback': {
      const earlier = rolledBackTo(position, answer.seqno)
      if (earlier === undefined) return broken(state, `a rollback from ${position.seqno} to ${answer.seqno}`)
      return request(state, earlier, rolledBackFrom ?? position)
    }
    case 'refused':
      return refused(state, refusalOf(answer.status, attempt), answer.status)
    default:
      return answer satisfies never
  }
}

function refused(state: Requesting, refusal: Refusal, status: number): StreamStep {
  if (refusal.type === 'fail') return fail(state, refusal.reason, status)
  if (refusal.reason === 'refused') return wait(state, refusal.reason, [{ type: 'refused', status }])
  return wait(state, refusal.reason, refusal.mustClose ? [{ type: 'close-stream' }] : [])
}

function messaged(state: Streaming, message: StreamMessage): StreamStep {
  switch (message.type) {
    case 'snapshot-marker':
      if (message.end < state.position.seqno) return broken(state, 'a snapshot that ends before what it sent')
      return { state: { ...state, snapshot: { start: message.start, end: message.end } }, effects: [] }
    case 'mutation':
    case 'deletion':
    case 'expiration':
    case 'system-event':
    case 'seqno-advanced': {
      const position = passed(state.position, state.snapshot, message)
      if (position === undefined) return broken(state, `a ${message.type} out of order, seqno ${message.seqno}`)
      const { snapshot, epoch } = state
      return {
        state: { type: 'streaming', position, snapshot, epoch, attempt: 0 },
        effects: [
          message.type === 'seqno-advanced'
            ? { type: 'advance', position }
            : { type: 'deliver', item: message, position },
        ],
      }
    }
    case 'stream-end':
      return ended(state, message.reason)
    default:
      return message satisfies never
  }
}

function ended(state: Streaming, reason: StreamEndReason): StreamStep {
  switch (reason) {
    case 'state-changed':
      return wait(state, 'moved')
    case 'disconnected':
      return wait(state, 'disconnected')
    case 'filter-empty':
      return fail(state, 'filter-empty', undefined)
    case 'lost-privileges':
      return fail(state, 'no-access', undefined)
    // No end was asked for, so whatever else it is, more will come.
    case 'ok':
    case 'closed':
    case 'too-slow':
    case 'backfill-failed':
    case 'rollback':
      return wait(state, 'ended')
    default:
      return reason satisfies never
  }
}

function broken(state: Requesting | Streaming, detail: string): StreamStep {
  return wait(state, 'broken', [{ type: 'broken', detail }, { type: 'close-stream' }])
}

/** One attempt more. Each wait is told, after what else is to be done. */
function wait(state: Connected, reason: WaitReason, first: readonly StreamEffect[] = []): StreamStep {
  const attempt = state.attempt + 1
  return {
    state: { type: 'waiting', start: startOf(state), reason, epoch: state.epoch, attempt },
    effects: [...first, { type: 'wait', reason, attempt }],
  }
}

function fail(state: Connected, reason: FailReason, status: number | undefined): StreamStep {
  return { state: { type: 'failed', start: startOf(state), reason }, effects: [{ type: 'fail', reason, status }] }
}

function closed(state: StreamState): StreamStep {
  return { state: { type: 'closed', start: startOf(state) }, effects: closeOf(state) }
}

function closeOf({ type }: StreamState): readonly StreamEffect[] {
  return type === 'requesting' || type === 'streaming' ? [{ type: 'close-stream' }] : []
}

function stay(state: StreamState): StreamStep {
  return { state, effects: [] }
}
