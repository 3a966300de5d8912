import { HEADER_LENGTH, MAGIC } from '../../wire/request.ts'

/** What every message of a stream repeats: the vbucket, and the opaque of the request that opened the stream. */
export interface StreamHead {
  readonly vbucket: number
  readonly opaque: number
}

export interface DcpMessage extends StreamHead {
  readonly opcode: number
  readonly extrasLength: number
  readonly datatype?: number
  readonly cas?: bigint
  /** One character a byte. */
  readonly key?: string
  readonly value?: Buffer
}

/** The message with its extras still to be written: they begin at `EXTRAS_AT`. All in one piece, so that writes are few. */
export function dcpMessage(message: DcpMessage): Buffer {
  const { opcode, vbucket, opaque, extrasLength, datatype = 0, cas = 0n, key = '', value } = message
  const keyAt = HEADER_LENGTH + extrasLength
  const valueAt = keyAt + key.length
  const frame = Buffer.allocUnsafe(valueAt + (value?.length ?? 0))
  frame[0] = MAGIC.request
  frame[1] = opcode
  frame.writeUInt16BE(key.length, 2)
  frame[4] = extrasLength
  frame[5] = datatype
  frame.writeUInt16BE(vbucket, 6)
  frame.writeUInt32BE(frame.length - HEADER_LENGTH, 8)
  frame.writeUInt32BE(opaque, 12)
  frame.writeBigUInt64BE(cas, 16)
  if (key.length > 0) frame.write(key, keyAt, 'latin1')
  if (value) value.copy(frame, valueAt)
  return frame
}

/** Where the extras of a message begin. */
export const EXTRAS_AT: number = HEADER_LENGTH
