import { type CollectionKey, collectionKeyOf } from './collection-key.ts'
import { type Frame, casOf } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf } from './shape.ts'

/** A document was removed. */
export interface Deletion extends CollectionKey {
  readonly type: 'deletion'
  readonly seqno: number
  /** Of the removal. */
  readonly cas: bigint
}

/**
 * DCP_DELETION. Version 1: extras of 18 bytes, seqno u64, revision u64, nmeta u16. Version 2 (open flag 0x20): of 21 bytes,
 * seqno u64, revision u64, time of deletion u32, unused u8. CAS in the header; the value holds at most system attributes.
 */
export function decodeDeletion(frame: Frame): Deletion {
  const at = extrasStartOf(frame, 'DCP_DELETION', lengths)
  return { type: 'deletion', seqno: seqnoAt(frame.bytes, at), cas: casOf(frame), ...collectionKeyOf(frame) }
}

const lengths = [18, 21]
