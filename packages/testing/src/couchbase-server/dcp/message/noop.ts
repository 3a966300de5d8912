import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage } from './dcp-message.ts'

/** NOOP: nothing but a header; the client answers it. */
export function noop(opaque: number): Buffer {
  return dcpMessage({ opcode: OPCODE.dcpNoop, vbucket: 0, opaque, extrasLength: 0 })
}
