import { isFlexible, isKnownMagic } from './magic.ts'
import { MalformedMessageError } from './malformed-message-error.ts'

/** Bytes of the header of a frame; its body follows. */
export const headerBytes = 24

/**
 * One frame as it came, header read:
 *
 * | 0     | 1      | 2–3                                        | 4             | 5        | 6–7               | 8–11        | 12–15  | 16–23 |
 * | ----- | ------ | ------------------------------------------ | ------------- | -------- | ----------------- | ----------- | ------ | ----- |
 * | magic | opcode | key length; flexible: framing, key lengths | extras length | datatype | vbucket or status | body length | opaque | CAS   |
 *
 * The body is framing extras, extras, key, value. `bytes` may be a view into what the socket delivered: copy what is kept.
 */
export interface Frame {
  readonly bytes: Buffer
  readonly magic: number
  readonly opcode: number
  readonly datatype: number
  /** Of a request the vbucket, of an answer the status. */
  readonly vbucketOrStatus: number
  readonly opaque: number
  /** Where the extras begin, behind the framing extras. */
  readonly extrasStart: number
  readonly keyStart: number
  readonly valueStart: number
}

/** The bits of a datatype. */
export const datatypes = { json: 1, snappy: 2, xattr: 4 } as const

/**
 * The length of the frame whose header stands at `start`, of which 24 bytes must be there.
 * @throws MalformedMessageError for a magic that no server sends and lengths that cannot be
 */
export function frameLengthAt(bytes: Buffer, start: number, maxBodyBytes: number): number {
  const magic = byteAt(bytes, start)
  if (!isKnownMagic(magic)) throw new MalformedMessageError(`No frame begins with the byte 0x${magic.toString(16)}.`)
  const opcode = byteAt(bytes, start + 1)
  const body = bytes.readUInt32BE(start + 8)
  if (body > maxBodyBytes) {
    throw new MalformedMessageError(`A frame says that it has ${body} bytes; ${maxBodyBytes} are allowed.`, { opcode })
  }
  const named = namedBytes(bytes, start, magic)
  if (named > body) {
    throw new MalformedMessageError(`A frame of ${body} bytes says that ${named} of them are extras and key.`, {
      opcode,
    })
  }
  return headerBytes + body
}

/** The frame that `bytes` are; its lengths were checked by `frameLengthAt`. */
export function frameOf(bytes: Buffer): Frame {
  const magic = byteAt(bytes, 0)
  const extrasStart = headerBytes + (isFlexible(magic) ? byteAt(bytes, 2) : 0)
  const keyStart = extrasStart + byteAt(bytes, 4)
  return {
    bytes,
    magic,
    opcode: byteAt(bytes, 1),
    datatype: byteAt(bytes, 5),
    vbucketOrStatus: bytes.readUInt16BE(6),
    opaque: bytes.readUInt32BE(12),
    extrasStart,
    keyStart,
    valueStart: keyStart + (isFlexible(magic) ? byteAt(bytes, 3) : bytes.readUInt16BE(2)),
  }
}

/** The CAS in the header, which no caller needs of every frame. */
export function casOf({ bytes }: Frame): bigint {
  return bytes.readBigUInt64BE(16)
}

/** The value: a view, not a copy. */
export function valueOf({ bytes, valueStart }: Frame): Buffer {
  return bytes.subarray(valueStart)
}

function namedBytes(bytes: Buffer, start: number, magic: number): number {
  const keyAndFraming = isFlexible(magic)
    ? byteAt(bytes, start + 2) + byteAt(bytes, start + 3)
    : bytes.readUInt16BE(start + 2)
  return keyAndFraming + byteAt(bytes, start + 4)
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}
