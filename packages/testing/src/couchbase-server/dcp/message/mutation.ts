import type { StoredDocument } from '../../bucket/document.ts'
import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'

/** What a consumer is shown of a document: depends on what its connection has agreed to. */
export interface ShownDocument {
  /** One character a byte. */
  readonly key: string
  readonly value: Buffer
  readonly datatype: number
}

/**
 * MUTATION: extras = seqno u64, revision u64, flags u32, expiry u32, lock time u32, length of metadata u16, how recently it
 * was used u8; CAS and datatype in the header.
 */
export function mutation(head: StreamHead, document: StoredDocument, shown: ShownDocument): Buffer {
  const { vbucket, opaque } = head
  const { key, value, datatype } = shown
  const { cas } = document
  const frame = dcpMessage({
    vbucket,
    opaque,
    opcode: OPCODE.dcpMutation,
    extrasLength: 31,
    datatype,
    cas,
    key,
    value,
  })
  frame.writeBigUInt64BE(document.seqno, EXTRAS_AT)
  frame.writeUInt32BE(0, EXTRAS_AT + 8)
  frame.writeUInt32BE(document.revision, EXTRAS_AT + 12)
  frame.writeUInt32BE(document.flags, EXTRAS_AT + 16)
  frame.writeUInt32BE(document.expiry, EXTRAS_AT + 20)
  frame.writeUInt32BE(0, EXTRAS_AT + 24)
  frame.writeUInt16BE(0, EXTRAS_AT + 28)
  frame[EXTRAS_AT + 30] = RECENTLY_USED
  return frame
}

/** What a document that was just written has, as the engine counts it. */
export const RECENTLY_USED = 2
