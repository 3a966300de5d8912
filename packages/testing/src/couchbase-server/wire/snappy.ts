/**
 * The bytes that a snappy block stands for; undefined when it is not one.
 *
 *     length of the result, LEB128
 *     then elements, by the low 2 bits of their tag:
 *     0  literal: length - 1 in the upper 6 bits, or 60..63: in the 1..4 bytes that follow, little-endian; then the bytes
 *     1  copy: length - 4 in bits 2..4, offset = 3 upper bits of the tag and 1 byte
 *     2  copy: length - 1 in the upper 6 bits, offset u16 little-endian
 *     3  the same with offset u32
 */
export function inflateSnappy(block: Buffer, limit: number): Buffer | undefined {
  const head = resultLength(block)
  if (!head || head.length > limit) return undefined
  const result = Buffer.alloc(head.length)
  let from = head.end
  let to = 0
  while (from < block.length) {
    const tag = block[from++] ?? 0
    if ((tag & 3) === 0) {
      const sizeBytes = Math.max(0, (tag >> 2) - 59)
      if (from + sizeBytes > block.length) return undefined
      const length = 1 + (sizeBytes > 0 ? block.readUIntLE(from, sizeBytes) : tag >> 2)
      from += sizeBytes
      if (from + length > block.length || to + length > result.length) return undefined
      block.copy(result, to, from, from + length)
      from += length
      to += length
      continue
    }
    const offsetBytes = (tag & 3) === 3 ? 4 : tag & 3
    if (from + offsetBytes > block.length) return undefined
    const length = (tag & 3) === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
    const offset = block.readUIntLE(from, offsetBytes) + ((tag & 3) === 1 ? (tag >> 5) * 256 : 0)
    from += offsetBytes
    if (offset === 0 || offset > to || to + length > result.length) return undefined
    // Byte by byte: a copy may overlap what it writes.
    for (let copied = 0; copied < length; copied++, to++) result[to] = result[to - offset] ?? 0
  }
  return to === result.length ? result : undefined
}

function resultLength(block: Buffer): { readonly length: number; readonly end: number } | undefined {
  let length = 0
  for (let at = 0; at < Math.min(block.length, 5); at++) {
    const byte = block[at] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (!(byte & 0x80)) return { length, end: at + 1 }
  }
  return undefined
}
