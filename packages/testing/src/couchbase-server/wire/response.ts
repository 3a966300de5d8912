import { HEADER_LENGTH, MAGIC, type RequestFrame } from './request.ts'

/** What is answered; a part that is left out is empty. */
export interface Answer {
  readonly status: number
  readonly cas?: bigint
  readonly datatype?: number
  readonly extras?: Buffer
  readonly key?: Buffer
  readonly value?: Buffer
  /** Called when the answer has left: what follows from it may follow on the wire. */
  readonly sent?: () => void
}

/** An answer as bytes. With a duration it carries the frame info that tells how long the server took. */
export function encodeResponse(
  request: Pick<RequestFrame, 'opcode' | 'opaque'>,
  { status, cas = 0n, datatype = 0, extras = NOTHING, key = NOTHING, value = NOTHING }: Answer,
  durationMicros?: number,
): Buffer {
  const framing = durationMicros === undefined ? NOTHING : durationFrame(durationMicros)
  const bodyLength = framing.length + extras.length + key.length + value.length
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + bodyLength)
  frame[1] = request.opcode
  if (framing.length > 0) {
    frame[0] = MAGIC.responseWithFraming
    frame[2] = framing.length
    frame[3] = key.length
  } else {
    frame[0] = MAGIC.response
    frame.writeUInt16BE(key.length, 2)
  }
  frame[4] = extras.length
  frame[5] = datatype
  frame.writeUInt16BE(status, 6)
  frame.writeUInt32BE(bodyLength, 8)
  frame.writeUInt32BE(request.opaque, 12)
  frame.writeBigUInt64BE(cas, 16)
  let at = HEADER_LENGTH
  for (const part of [framing, extras, key, value]) at += part.copy(frame, at)
  return frame
}

const NOTHING: Buffer = Buffer.alloc(0)

/** Frame info 0 of length 2: the microseconds, packed so that long times lose precision. */
function durationFrame(micros: number): Buffer {
  const packed = Math.min(0xffff, Math.round((Math.max(0, micros) * 2) ** (1 / 1.74)))
  return Buffer.from([0x02, packed >> 8, packed & 0xff])
}
