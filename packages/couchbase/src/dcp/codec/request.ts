import { headerBytes } from './frame.ts'
import { magics } from './magic.ts'

/** What a request consists of; what is left out is 0 or empty. */
export interface RequestParts {
  readonly opcode: number
  /** Comes back in the answer. */
  readonly opaque: number
  readonly vbucket?: number
  readonly extras?: Uint8Array
  readonly key?: string
  readonly value?: Uint8Array
}

const nothing = new Uint8Array(0)

/** The bytes of a request (magic 0x80), CAS and datatype 0. The key has at most 65,535 bytes. */
export function encodeRequest(parts: RequestParts): Buffer {
  const { opcode, opaque, vbucket = 0, extras = nothing, key = '', value = nothing } = parts
  const keyLength = Buffer.byteLength(key)
  if (keyLength > 0xffff) throw new RangeError(`The key of a request has ${keyLength} bytes; 65,535 are possible.`)
  const body = extras.length + keyLength + value.length
  const bytes = Buffer.alloc(headerBytes + body)
  bytes[0] = magics.request
  bytes[1] = opcode
  bytes.writeUInt16BE(keyLength, 2)
  bytes[4] = extras.length
  bytes.writeUInt16BE(vbucket, 6)
  bytes.writeUInt32BE(body, 8)
  bytes.writeUInt32BE(opaque, 12)
  bytes.set(extras, headerBytes)
  bytes.write(key, headerBytes + extras.length)
  bytes.set(value, headerBytes + extras.length + keyLength)
  return bytes
}
