import { type CollectionKey, collectionKeyOf } from './collection-key.ts'
import { documentBodyOf } from './document-body.ts'
import { type Frame, casOf } from './frame.ts'
import { seqnoAt } from './seqno.ts'
import { extrasStartOf } from './shape.ts'

/** A document as it is now. */
export interface Mutation extends CollectionKey {
  readonly type: 'mutation'
  readonly seqno: number
  readonly cas: bigint
  /** Unix seconds of the server's clock; 0: none. A backfill may bring a document whose expiry has passed. */
  readonly expiry: number
  /** The whole document; a view, so copy what is kept. */
  readonly body: Buffer
}

/**
 * DCP_MUTATION, extras of 31 bytes:
 *
 * | 0         | 8            | 16        | 20         | 24            | 28        | 30     |
 * | --------- | ------------ | --------- | ---------- | ------------- | --------- | ------ |
 * | seqno u64 | revision u64 | flags u32 | expiry u32 | lock time u32 | nmeta u16 | nru u8 |
 *
 * CAS and datatype stand in the header; key = collection id and key; value = the document.
 */
export function decodeMutation(frame: Frame): Mutation {
  const at = extrasStartOf(frame, 'DCP_MUTATION', lengths)
  const { collection, key } = collectionKeyOf(frame)
  return {
    type: 'mutation',
    seqno: seqnoAt(frame.bytes, at),
    cas: casOf(frame),
    expiry: frame.bytes.readUInt32BE(at + 20),
    collection,
    key,
    body: documentBodyOf(frame),
  }
}

const lengths = [31]
