import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** DCP_CLOSE_STREAM: the vbucket in the header. Answer: only a status, 0x01 when there is no stream. */
export function encodeCloseStream(opaque: number, vbucket: number): Buffer {
  return encodeRequest({ opcode: opcodes.dcpCloseStream, opaque, vbucket })
}
