import { OPCODE } from '../../wire/opcode.ts'
import { dcpMessage, EXTRAS_AT, type StreamHead } from './dcp-message.ts'

/** Why a stream has ended. */
export const END_REASON = {
  /** All up to the end that was asked for has been sent. */
  finished: 0,
  /** The client closed it. */
  closed: 1,
  /** The vbucket is another node's, or of another state. */
  stateChanged: 2,
  /** Of all collections that were asked for none is left. */
  filterEmpty: 7,
} as const

export type EndReason = (typeof END_REASON)[keyof typeof END_REASON]

/** STREAM_END: extras = reason u32. */
export function streamEnd(head: StreamHead, reason: EndReason): Buffer {
  const frame = dcpMessage({ ...head, opcode: OPCODE.dcpStreamEnd, extrasLength: 4 })
  frame.writeUInt32BE(reason, EXTRAS_AT)
  return frame
}
