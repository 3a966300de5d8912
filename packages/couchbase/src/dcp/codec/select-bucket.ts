import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** SELECT_BUCKET: key = the name. Answer: only a status; 0x01 no such bucket, 0x24 no access to it. */
export function encodeSelectBucket(opaque: number, bucket: string): Buffer {
  return encodeRequest({ opcode: opcodes.selectBucket, opaque, key: bucket })
}
