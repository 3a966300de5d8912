import { crc32 } from 'node:zlib'

/** A commit frame made by another hand than the encoder, to follow the snapshot at the beginning of `document`. */
export function foreignCommit(document: Uint8Array, payload: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(48 + payload.length)
  frame[0] = 0xc1
  frame[1] = document[1] ?? 0
  frame[2] = 2
  frame.writeUInt32BE(payload.length, 4)
  frame.set(document.subarray(8, 16), 8)
  frame.writeBigUInt64BE(2n, 16)
  frame.fill(7, 24, 40)
  frame.set(document.subarray(40, 44), 40)
  frame.set(payload, 48)
  frame.writeUInt32BE(crc32(payload, crc32(frame.subarray(0, 44))), 44)
  return frame
}
