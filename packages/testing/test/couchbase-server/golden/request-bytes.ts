/** Parts of a request; what is left out is empty. */
export interface RequestParts {
  readonly vbucket?: number
  readonly opaque?: number
  readonly cas?: bigint
  readonly extras?: Buffer
  readonly key?: string | Buffer
  readonly value?: Buffer
}

/** A request as bytes, written by hand for clients of the test server. */
export function requestBytes(opcode: number, parts: RequestParts = {}): Buffer {
  const { vbucket = 0, opaque = 0, cas = 0n, extras = NOTHING, value = NOTHING } = parts
  const key = Buffer.from(parts.key ?? '')
  const head = Buffer.alloc(24)
  head[0] = 0x80
  head[1] = opcode
  head.writeUInt16BE(key.length, 2)
  head[4] = extras.length
  head.writeUInt16BE(vbucket, 6)
  head.writeUInt32BE(extras.length + key.length + value.length, 8)
  head.writeUInt32BE(opaque, 12)
  head.writeBigUInt64BE(cas, 16)
  return Buffer.concat([head, extras, key, value])
}

const NOTHING: Buffer = Buffer.alloc(0)
