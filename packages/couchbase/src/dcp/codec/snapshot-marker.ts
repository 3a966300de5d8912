import type { Frame } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf, malformed, refuseKey, refuseValue, valueStartOf } from './shape.ts'

/** What follows lies within these seqnos, and is a consistent state only when the last of them has been seen. */
export interface SnapshotMarker {
  readonly type: 'snapshot-marker'
  readonly start: number
  readonly end: number
  /** Bits: 1 from memory, 2 from disk, 4 checkpoint, 8 wants an answer, 0x10 history, 0x20 may hold a key twice. */
  readonly flags: number
}

/**
 * DCP_SNAPSHOT_MARKER. Version 1: extras of 20 bytes, start u64, end u64, flags u32. Version 2: extras u8 minor version;
 * value of 36 bytes (minor 0: the same three, highest visible u64, highest completed u64) or of 52 (minor 2: and purge
 * u64, highest prepared u64).
 */
export function decodeSnapshotMarker(frame: Frame): SnapshotMarker {
  refuseKey(frame, 'DCP_SNAPSHOT_MARKER')
  const extras = extrasStartOf(frame, 'DCP_SNAPSHOT_MARKER', [1, 20])
  const isVersion1 = frame.keyStart - extras === 20
  if (isVersion1) refuseValue(frame, 'DCP_SNAPSHOT_MARKER')
  const at = isVersion1 ? extras : valueStartOf(frame, 'DCP_SNAPSHOT_MARKER', valueBytes(frame))
  const { bytes } = frame
  const [start, end] = [seqnoAt(bytes, at), seqnoAt(bytes, at + 8)]
  if (start > end) throw malformed(frame, `A snapshot begins at ${start} and ends at ${end}.`)
  return { type: 'snapshot-marker', start, end, flags: bytes.readUInt32BE(at + 16) }
}

function valueBytes(frame: Frame): readonly number[] {
  const minor = frame.bytes[frame.extrasStart]
  if (minor === 0) return [36]
  if (minor === 2) return [52]
  throw malformed(frame, `A snapshot marker of version 2.${minor} is not known.`)
}
