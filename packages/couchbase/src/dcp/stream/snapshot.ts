import type { Deletion } from '../codec/deletion.ts'
import type { Expiration } from '../codec/expiration.ts'
import type { Mutation } from '../codec/mutation.ts'
import type { SeqnoAdvanced } from '../codec/seqno-advanced.ts'
import type { SystemEvent } from '../codec/system-event.ts'
import { type Position, positionAt } from './position.ts'

/** What a marker announced. */
export interface SnapshotBounds {
  readonly start: number
  readonly end: number
}

/** What a stream brings; system events too, because they have seqnos. */
export type StreamItem = Mutation | Deletion | Expiration | SystemEvent

/**
 * The position behind an item; undefined when it cannot come there: not above the last one, or outside of the snapshot.
 * Seqnos may be left out (of other collections, and older versions), never repeated. Only an item makes the announced
 * snapshot the position's: before it the seqno may lie outside.
 */
export function passed(
  { uuid, seqno }: Position,
  snapshot: SnapshotBounds | undefined,
  message: StreamItem | SeqnoAdvanced,
): Position | undefined {
  const next = message.seqno
  const isInside = snapshot !== undefined && snapshot.start <= next && next <= snapshot.end
  if (isInside && next > seqno) return { uuid, seqno: next, snapStart: snapshot.start, snapEnd: snapshot.end }
  // A seqno that only says how far the rest was filtered out may repeat the last one, or pass the snapshot.
  return message.type === 'seqno-advanced' && next >= seqno ? positionAt(uuid, next) : undefined
}
