import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** DCP_BUFFER_ACKNOWLEDGEMENT: extras u32 = bytes that were processed since the last one. It is not answered. */
export function encodeBufferAcknowledgement(opaque: number, processedBytes: number): Buffer {
  const extras = Buffer.alloc(4)
  extras.writeUInt32BE(processedBytes)
  return encodeRequest({ opcode: opcodes.dcpBufferAcknowledgement, opaque, extras })
}
