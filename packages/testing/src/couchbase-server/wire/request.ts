/** A request as it came: fields of the header, and its parts as views of the bytes received. */
export interface RequestFrame {
  readonly opcode: number
  readonly vbucket: number
  readonly datatype: number
  /** Echoed by the answer: bytes 12 to 15. */
  readonly opaque: number
  readonly cas: bigint
  /** Frame infos, still packed. */
  readonly framing: Buffer
  readonly extras: Buffer
  readonly key: Buffer
  readonly value: Buffer
  /** The whole frame, to be executed once more. */
  readonly bytes: Buffer
}

/**
 * Reads a whole request.
 *
 *     0  magic           0x80 plain, 0x08 with frame infos; 0x81 and 0x18 are answers, of which a server has no use
 *     1  opcode
 *     2  key length u16                 (0x08: length of the frame infos u8, key length u8)
 *     4  extras length u8
 *     5  datatype: 1 JSON, 2 snappy, 4 XATTRs
 *     6  vbucket u16
 *     8  length of all that follows the header u32
 *    12  opaque u32
 *    16  CAS u64
 *    24  frame infos, extras, key, value
 */
export function decodeRequest(bytes: Buffer): RequestFrame {
  const { framing, extras, key } = partLengths(bytes)
  const extrasAt = HEADER_LENGTH + framing
  const keyAt = extrasAt + extras
  return {
    opcode: bytes.readUInt8(1),
    datatype: bytes.readUInt8(5),
    vbucket: bytes.readUInt16BE(6),
    opaque: bytes.readUInt32BE(12),
    cas: bytes.readBigUInt64BE(16),
    framing: bytes.subarray(HEADER_LENGTH, extrasAt),
    extras: bytes.subarray(extrasAt, keyAt),
    key: bytes.subarray(keyAt, keyAt + key),
    value: bytes.subarray(keyAt + key),
    bytes,
  }
}

export const HEADER_LENGTH = 24

export const MAGIC = {
  request: 0x80,
  requestWithFraming: 0x08,
  response: 0x81,
  responseWithFraming: 0x18,
  serverRequest: 0x82,
  serverResponse: 0x83,
} as const

/** Lengths of the parts before the value, which is the rest. */
export function partLengths(header: Buffer): {
  readonly framing: number
  readonly extras: number
  readonly key: number
} {
  const magic = header.readUInt8(0)
  const extras = header.readUInt8(4)
  return magic === MAGIC.requestWithFraming || magic === MAGIC.responseWithFraming
    ? { framing: header.readUInt8(2), key: header.readUInt8(3), extras }
    : { framing: 0, key: header.readUInt16BE(2), extras }
}
