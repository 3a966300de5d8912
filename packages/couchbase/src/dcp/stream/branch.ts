import type { FailoverLog } from '../codec/failover-log.ts'
import { type Position, positionAt } from './position.ts'
import { noUuid } from '../codec/vbucket-uuid.ts'

/**
 * Where a reader stands after its request was accepted, and what it has to tell first. `rolled-back` whenever the newest
 * branch is another one than was read, also if the server took the position as it was: what others acknowledged on the old
 * branch may be gone. `lost` when it is the same branch, and the position was only too old for what the server remembers.
 */
export function answerToAccepted(
  position: Position,
  rolledBackFrom: Position | undefined,
  log: FailoverLog,
): { readonly current: Position; readonly tell: 'rolled-back' | 'lost' | undefined } {
  const current = { ...position, uuid: log[0].uuid }
  if (position.uuid === noUuid) return { current, tell: undefined }
  if (current.uuid !== position.uuid) return { current, tell: 'rolled-back' }
  if (rolledBackFrom === undefined) return { current, tell: undefined }
  return { current, tell: isForgotten(position, rolledBackFrom) ? 'lost' : 'rolled-back' }
}

/**
 * The position to ask from after the server named a seqno; undefined when that is not earlier than what was asked, so that
 * following it would never end. The branch stays the old one: the server knows where that one ends.
 */
export function rolledBackTo(position: Position, seqno: number): Position | undefined {
  return seqno < position.seqno ? positionAt(position.uuid, seqno) : undefined
}

/**
 * A rollback on one branch goes to its highest seqno or to the start of the snapshot, whichever is lower; to 0 from a
 * snapshot that begins later only when removals after the position were purged.
 */
function isForgotten(position: Position, { seqno, snapStart, snapEnd }: Position): boolean {
  const start = seqno === snapEnd ? seqno : snapStart
  return position.seqno === 0 && start > 0
}
