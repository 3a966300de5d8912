/** The Castagnoli checksum, which the server gives of a document's body. */
export function crc32c(bytes: Buffer): number {
  let checksum = 0xffffffff
  for (const byte of bytes) checksum = (checksum >>> 8) ^ (TABLE[(checksum ^ byte) & 0xff] ?? 0)
  return ~checksum >>> 0
}

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let entry = index
  for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? 0x82f63b78 ^ (entry >>> 1) : entry >>> 1
  return entry >>> 0
})
