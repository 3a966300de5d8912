import { type CollectionKey, collectionKeyOf } from './collection-key.ts'
import { type Frame, casOf } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf } from './shape.ts'

/** A document was removed because its expiry had passed. */
export interface Expiration extends CollectionKey {
  readonly type: 'expiration'
  readonly seqno: number
  /** Of the removal. */
  readonly cas: bigint
}

/**
 * DCP_EXPIRATION (open flag 0x20 and control `enable_expiry_opcode`): extras of 20 bytes, seqno u64, revision u64, time
 * of deletion u32: when the server found it, not when it was due. CAS in the header.
 */
export function decodeExpiration(frame: Frame): Expiration {
  const at = extrasStartOf(frame, 'DCP_EXPIRATION', lengths)
  return { type: 'expiration', seqno: seqnoAt(frame.bytes, at), cas: casOf(frame), ...collectionKeyOf(frame) }
}

const lengths = [20]
