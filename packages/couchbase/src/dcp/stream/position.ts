import type { FailoverLog } from '../codec/failover-log.ts'
import { type VbucketUuid, noUuid } from '../codec/vbucket-uuid.ts'

/** Where a reader of a vbucket stands: what a feed token keeps of it, and what a stream is asked for from. */
export interface Position {
  /** The branch that was read; `noUuid` while none was. */
  readonly uuid: VbucketUuid
  /** Of the last change that was seen; 0: none. */
  readonly seqno: number
  /** The snapshot that the last change belongs to: `snapStart <= seqno <= snapEnd`. */
  readonly snapStart: number
  readonly snapEnd: number
}

/** Before everything. */
export const beginning: Position = { uuid: noUuid, seqno: 0, snapStart: 0, snapEnd: 0 }

/** Behind everything up to `seqno`, the highest of the newest branch in the log: where a stream from now on begins. */
export function positionNow(log: FailoverLog, seqno: number): Position {
  return positionAt(log[0].uuid, seqno)
}

/** Between two snapshots, behind `seqno`. */
export function positionAt(uuid: VbucketUuid, seqno: number): Position {
  return { uuid, seqno, snapStart: seqno, snapEnd: seqno }
}

/**
 * What to ask the server for from here. The beginning is asked for without a branch: then it is never rolled back, and the
 * branch that the answer names is compared with that of the position instead.
 */
export function requested(position: Position): Position {
  return position.seqno === 0 ? beginning : position
}

/** Whether a position, as it came back from outside, can be one. */
export function isPosition({ uuid, seqno, snapStart, snapEnd }: Position): boolean {
  return (
    /^[0-9a-f]{16}$/.test(uuid) &&
    [seqno, snapStart, snapEnd].every(count => Number.isSafeInteger(count) && count >= 0) &&
    snapStart <= seqno &&
    seqno <= snapEnd &&
    (seqno === 0 || uuid !== noUuid)
  )
}
