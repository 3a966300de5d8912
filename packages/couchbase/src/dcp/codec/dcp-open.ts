import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** What a DCP connection is to be. */
export const openFlags = {
  /** The server produces. */
  producer: 0x01,
  /** Values without the extended attributes are not asked for by this library; with this flag they come before the body. */
  includeXattrs: 0x04,
  noValue: 0x08,
  /** Deletions say when; without it there is no opcode for expiry. */
  includeDeleteTimes: 0x20,
} as const

/**
 * DCP_OPEN: extras u32 0, u32 flags; key = the name of the connection, at most 200 bytes. A second connection of the same
 * name closes the first. Answer: only a status.
 */
export function encodeDcpOpen(options: {
  readonly opaque: number
  readonly name: string
  readonly flags: number
}): Buffer {
  const extras = Buffer.alloc(8)
  extras.writeUInt32BE(options.flags, 4)
  return encodeRequest({ opcode: opcodes.dcpOpen, opaque: options.opaque, extras, key: options.name })
}
