import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'

/** SEQNO_ADVANCED: extras = seqno u64, up to which nothing else is for this stream. */
export function seqnoAdvanced(head: StreamHead, seqno: bigint): Buffer {
  const frame = dcpMessage({ ...head, opcode: OPCODE.dcpSeqnoAdvanced, extrasLength: 8 })
  frame.writeBigUInt64BE(seqno, EXTRAS_AT)
  return frame
}
