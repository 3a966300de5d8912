import type { Prepared, StoredDocument } from '../../bucket/document.ts'
import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'
import { RECENTLY_USED, type ShownDocument } from './mutation.ts'

/**
 * PREPARE: extras = seqno u64, revision u64, flags u32, expiry u32, lock time u32, how recently it was used u8, whether it
 * is a deletion u8, level of durability u8.
 */
export function prepare(
  head: StreamHead,
  document: StoredDocument & { readonly prepared: Prepared },
  shown: ShownDocument,
): Buffer {
  const { cas, prepared } = document
  const frame = dcpMessage({ ...head, ...shown, opcode: OPCODE.dcpPrepare, extrasLength: 31, cas })
  frame.writeBigUInt64BE(prepared.seqno, EXTRAS_AT)
  frame.writeBigUInt64BE(BigInt(document.revision), EXTRAS_AT + 8)
  frame.writeUInt32BE(document.flags, EXTRAS_AT + 16)
  frame.writeUInt32BE(document.expiry, EXTRAS_AT + 20)
  frame.writeUInt32BE(0, EXTRAS_AT + 24)
  frame[EXTRAS_AT + 28] = RECENTLY_USED
  frame[EXTRAS_AT + 29] = document.deletion ? 1 : 0
  frame[EXTRAS_AT + 30] = prepared.level
  return frame
}

/** COMMIT: extras = seqno of the prepare u64, seqno u64. */
export function commit(
  head: StreamHead,
  { seqno, prepared }: StoredDocument & { readonly prepared: Prepared },
  key: string,
): Buffer {
  const frame = dcpMessage({ ...head, opcode: OPCODE.dcpCommit, extrasLength: 16, key })
  frame.writeBigUInt64BE(prepared.seqno, EXTRAS_AT)
  frame.writeBigUInt64BE(seqno, EXTRAS_AT + 8)
  return frame
}
