import type { Frame } from '../codec/frame.ts'
import { isStreamMessage } from '../codec/stream-message.ts'

/**
 * What the server may send on a connection before it is acknowledged. Data only: `received` when a frame has come,
 * `processed` when its consumer is done with it.
 */
export interface FlowControl {
  /** What was negotiated as `connection_buffer_size`. */
  readonly limit: number
  /** Came and was not processed. */
  readonly held: number
  /** Was processed and is not acknowledged. */
  readonly owed: number
}

/** Nothing has come yet. */
export function openFlow(limit: number): FlowControl {
  return { limit, held: 0, owed: 0 }
}

/** What a frame takes of the limit: header and body of stream messages; noops, answers and pushes are free. */
export function flowBytes(frame: Frame): number {
  return isStreamMessage(frame) ? frame.bytes.length : 0
}

/** Afterwards these bytes count as held. */
export function received({ limit, held, owed }: FlowControl, bytes: number): FlowControl {
  return { limit, held: held + bytes, owed }
}

/**
 * Afterwards these bytes are no longer held. `acknowledge` says how many to acknowledge now, 0: none yet. As soon as half of
 * the limit is owed: then a server that waits is never one that nothing is coming to, as what is held is below the limit.
 */
export function processed(
  flow: FlowControl,
  bytes: number,
): { readonly flow: FlowControl; readonly acknowledge: number } {
  const { limit } = flow
  const held = flow.held - bytes
  const owed = flow.owed + bytes
  if (2 * owed < limit) return { flow: { limit, held, owed }, acknowledge: 0 }
  return { flow: { limit, held, owed: 0 }, acknowledge: owed }
}
