import type { Frame } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { extrasStartOf } from './shape.ts'

/** GET_COLLECTION_ID: value = `scope.collection`. Answer: extras manifest uid u64, collection id u32; 0x88, 0x8c unknown. */
export function encodeGetCollectionId(opaque: number, scope: string, collection: string): Buffer {
  return encodeRequest({ opcode: opcodes.getCollectionId, opaque, value: Buffer.from(`${scope}.${collection}`) })
}

/** The id of the collection; for an answer with status 0. */
export function decodeCollectionId(frame: Frame): number {
  return frame.bytes.readUInt32BE(extrasStartOf(frame, 'An answer to GET_COLLECTION_ID', [12]) + 8)
}
