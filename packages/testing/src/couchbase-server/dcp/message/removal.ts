import type { StoredDocument } from '../../bucket/document.ts'
import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type DcpMessage, type StreamHead } from './dcp-message.ts'
import type { ShownDocument } from './mutation.ts'

/** DELETION, version 1: extras = seqno u64, revision u64, length of metadata u16. */
export function deletion(head: StreamHead, document: StoredDocument, shown: ShownDocument): Buffer {
  const frame = removal({ ...head, ...shown, opcode: OPCODE.dcpDeletion, extrasLength: 18 }, document)
  frame.writeUInt16BE(0, EXTRAS_AT + 16)
  return frame
}

/** DELETION, version 2: extras = seqno u64, revision u64, unix second of the deletion u32, unused u8. */
export function deletionWithTime(head: StreamHead, document: StoredDocument, shown: ShownDocument): Buffer {
  const frame = removal({ ...head, ...shown, opcode: OPCODE.dcpDeletion, extrasLength: 21 }, document)
  frame.writeUInt32BE(document.deletion?.at ?? 0, EXTRAS_AT + 16)
  frame[EXTRAS_AT + 20] = 0
  return frame
}

/** EXPIRATION: extras = seqno u64, revision u64, unix second of the deletion u32. */
export function expiration(head: StreamHead, document: StoredDocument, shown: ShownDocument): Buffer {
  const frame = removal({ ...head, ...shown, opcode: OPCODE.dcpExpiration, extrasLength: 20 }, document)
  frame.writeUInt32BE(document.deletion?.at ?? 0, EXTRAS_AT + 16)
  return frame
}

function removal(message: DcpMessage, { cas, seqno, revision }: StoredDocument): Buffer {
  const frame = dcpMessage({ ...message, cas })
  frame.writeBigUInt64BE(seqno, EXTRAS_AT)
  frame.writeBigUInt64BE(BigInt(revision), EXTRAS_AT + 8)
  return frame
}
