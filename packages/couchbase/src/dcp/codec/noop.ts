import { headerBytes } from './frame.ts'
import { magics } from './magic.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** NOOP: nothing. Asks whether the server is there; a DCP_NOOP from a client would make it close the connection. */
export function encodeNoop(opaque: number): Buffer {
  return encodeRequest({ opcode: opcodes.noop, opaque })
}

/** The answer to a DCP_NOOP of the server: an answer, status 0, the same opaque, nothing else. */
export function encodeDcpNoopAnswer(opaque: number): Buffer {
  const bytes = Buffer.alloc(headerBytes)
  bytes[0] = magics.answer
  bytes[1] = opcodes.dcpNoop
  bytes.writeUInt32BE(opaque, 12)
  return bytes
}
