import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'

/** What the entries after a marker are: those of a consistent picture once all up to its end have come. */
export interface SnapshotMarker {
  readonly startSeqno: bigint
  readonly endSeqno: bigint
  readonly flags: number
}

/** Bits of the flags of a marker. */
export const MARKER_FLAG = { memory: 1, disk: 2, checkpoint: 4 } as const

/** SNAPSHOT_MARKER, version 1: extras = start u64, end u64, flags u32. */
export function snapshotMarker(head: StreamHead, { startSeqno, endSeqno, flags }: SnapshotMarker): Buffer {
  const { vbucket, opaque } = head
  const frame = dcpMessage({ vbucket, opaque, opcode: OPCODE.dcpSnapshotMarker, extrasLength: 20 })
  frame.writeBigUInt64BE(startSeqno, EXTRAS_AT)
  frame.writeBigUInt64BE(endSeqno, EXTRAS_AT + 8)
  frame.writeUInt32BE(flags, EXTRAS_AT + 16)
  return frame
}

/**
 * SNAPSHOT_MARKER, version 2.0: extras = 0 u8; value = start u64, end u64, flags u32, highest visible seqno u64, seqno of
 * the highest durable write that is completed u64.
 */
export function snapshotMarkerV2(
  head: StreamHead,
  { startSeqno, endSeqno, flags }: SnapshotMarker,
  highCompletedSeqno: bigint,
): Buffer {
  const value = Buffer.alloc(36)
  value.writeBigUInt64BE(startSeqno)
  value.writeBigUInt64BE(endSeqno, 8)
  value.writeUInt32BE(flags, 16)
  value.writeBigUInt64BE(endSeqno, 20)
  value.writeBigUInt64BE(highCompletedSeqno, 28)
  const frame = dcpMessage({ ...head, opcode: OPCODE.dcpSnapshotMarker, extrasLength: 1, value })
  frame[EXTRAS_AT] = 0
  return frame
}
