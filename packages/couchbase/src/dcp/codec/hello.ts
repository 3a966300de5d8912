import { type Frame, valueOf } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { malformed } from './shape.ts'

/**
 * What a consumer asks for. Compression is left out, so values come as they are; so is unordered execution, which a DCP
 * connection may not have.
 */
export const features = {
  xattr: 0x06,
  extendedErrors: 0x07,
  selectBucket: 0x08,
  json: 0x0b,
  duplex: 0x0c,
  clusterMapNotification: 0x0d,
  collections: 0x12,
} as const

/**
 * HELLO: key = who speaks (JSON `{"a": agent, "i": connection}`), value = u16 of each feature.
 * Answer: value = u16 of each feature that was accepted, in ascending order.
 */
export function encodeHello(options: {
  readonly opaque: number
  readonly agent: string
  readonly connection: string
  readonly features: readonly number[]
}): Buffer {
  const { opaque, agent, connection } = options
  const value = Buffer.alloc(2 * options.features.length)
  for (const [index, feature] of options.features.entries()) value.writeUInt16BE(feature, 2 * index)
  return encodeRequest({ opcode: opcodes.hello, opaque, key: JSON.stringify({ a: agent, i: connection }), value })
}

/** The features that the server accepted; for an answer with status 0. */
export function decodeHelloAnswer(frame: Frame): readonly number[] {
  const value = valueOf(frame)
  if (value.length % 2 !== 0) throw malformed(frame, `HELLO was answered by ${value.length} bytes, not by pairs.`)
  return Array.from({ length: value.length / 2 }, (_, index) => value.readUInt16BE(2 * index))
}
