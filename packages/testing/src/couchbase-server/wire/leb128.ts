/** A number, 7 bits a byte, the lowest first; the top bit says that more follows. */
export function encodeLeb128(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.from(bytes)
}

/** The number that starts there and where it ends; `unterminated`, or `not-canonical` when it is longer than it needs. */
export function decodeLeb128(
  bytes: Buffer,
): { readonly value: number; readonly end: number } | 'unterminated' | 'not-canonical' {
  let value = 0
  for (let at = 0; at < Math.min(bytes.length, 5); at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte & 0x80) continue
    return at > 0 && byte === 0 ? 'not-canonical' : { value, end: at + 1 }
  }
  return 'unterminated'
}
