import type { Accounts } from '../auth/accounts.ts'
import type { Bucket } from '../bucket/bucket.ts'
import type { Producers } from '../dcp/producers.ts'
import type { ServerClock } from '../server-clock.ts'
import type { FrameInfos } from '../wire/frame-info.ts'
import type { Refusal } from '../wire/refusal.ts'
import type { RequestFrame } from '../wire/request.ts'
import type { Answer } from '../wire/response.ts'
import type { RequestShape } from './request-shape.ts'
import type { Session } from './session.ts'

/** One operation of the protocol. */
export interface Operation {
  /** Its name in the protocol, for texts of errors. */
  readonly name: string
  /** Parts that a request may have and must have; checked before `run`. */
  readonly shape: RequestShape
  /** What the session must have reached; checked before `run`. */
  readonly needs: 'nothing' | 'login' | 'bucket' | 'producer'
  /** Frame infos that make sense for it; one that does not is refused in the way the engine does. */
  readonly frameInfos?: FrameInfoSupport
  run(call: Call): Outcome
}

export interface FrameInfoSupport {
  readonly durability: 'supported' | 'refused' | 'refused-with-context'
  readonly preserveTtl: boolean
}

/** A request with all that it is about. */
export interface Call {
  readonly request: RequestFrame
  readonly infos: FrameInfos
  readonly session: Session
  readonly node: NodeView
}

/**
 * What comes of a request: an answer, a refusal, nothing at all, an answer after which the connection closes, or the end
 * of the connection without one.
 */
export type Outcome = Answer | Refusal | 'silent' | 'closed' | 'cut off'

/** What an operation sees of the node that it runs on. */
export interface NodeView {
  /** Its place in the list of nodes. */
  readonly index: number
  readonly nodes: number
  readonly clock: ServerClock
  readonly accounts: Accounts
  readonly producers: Producers
  bucket(name: string): Bucket | undefined
  /** The configuration of the cluster as JSON, as this node tells it: of a bucket or, without one, of the cluster. */
  config(bucket: Bucket | undefined): string
}

export function isRefusal(outcome: Outcome): outcome is Refusal {
  return typeof outcome === 'object' && 'type' in outcome
}
