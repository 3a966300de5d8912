import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** What a consumer sets on its connection; values are text. An unknown name is answered by status 0x04. */
export type ControlName =
  /** `true`; mandatory where collections are negotiated. */
  | 'enable_noop'
  /** Whole seconds. */
  | 'set_noop_interval'
  /** Bytes that may be under way unacknowledged; 0: no flow control. */
  | 'connection_buffer_size'
  /** `true`; without delete times in DCP_OPEN it is accepted and does nothing. */
  | 'enable_expiry_opcode'
  /** `true`: CLOSE_STREAM is followed by STREAM_END. */
  | 'send_stream_end_on_client_close_stream'

/** DCP_CONTROL: key = name, value = text. Answer: only a status. */
export function encodeControl(opaque: number, name: ControlName, value: string): Buffer {
  return encodeRequest({ opcode: opcodes.dcpControl, opaque, key: name, value: Buffer.from(value) })
}
