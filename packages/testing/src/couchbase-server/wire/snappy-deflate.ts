/**
 * The block as snappy, of the form that `inflateSnappy` describes: what occurred before becomes a copy of it. Not smaller
 * than the block when nothing occurs twice.
 */
export function deflateSnappy(block: Buffer): Buffer {
  const pieces: Buffer[] = [lengthPrefix(block.length)]
  /** Where each four bytes were seen last. */
  const seen = new Map<number, number>()
  let literalFrom = 0
  let at = 0
  while (at + 4 <= block.length) {
    const word = block.readInt32LE(at)
    const before = seen.get(word)
    seen.set(word, at)
    if (before === undefined || at - before > LARGEST_OFFSET) {
      at++
      continue
    }
    let end = at + 4
    while (end < block.length && block[end] === block[end - at + before]) end++
    if (at > literalFrom) pieces.push(literal(block.subarray(literalFrom, at)))
    pieces.push(...copies(end - at, at - before))
    at = end
    literalFrom = end
  }
  if (literalFrom < block.length) pieces.push(literal(block.subarray(literalFrom)))
  return Buffer.concat(pieces)
}

const LARGEST_OFFSET = 0xffff

function lengthPrefix(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

function literal(bytes: Buffer): Buffer {
  const length = bytes.length - 1
  if (length < 60) return Buffer.concat([Buffer.from([length << 2]), bytes])
  const sizeBytes = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4
  const head = Buffer.alloc(1 + sizeBytes)
  head[0] = (59 + sizeBytes) << 2
  head.writeUIntLE(length, 1, sizeBytes)
  return Buffer.concat([head, bytes])
}

/** A copy says up to 64 bytes; the short form up to 11 of what is near. */
function copies(length: number, offset: number): readonly Buffer[] {
  const pieces: Buffer[] = []
  let rest = length
  for (; rest >= 68; rest -= 64) pieces.push(farCopy(64, offset))
  if (rest > 64) {
    pieces.push(farCopy(60, offset))
    rest -= 60
  }
  const isNear = rest < 12 && offset < 2048
  pieces.push(
    isNear ? Buffer.from([1 | ((rest - 4) << 2) | ((offset >> 8) << 5), offset & 0xff]) : farCopy(rest, offset),
  )
  return pieces
}

function farCopy(length: number, offset: number): Buffer {
  return Buffer.from([2 | ((length - 1) << 2), offset & 0xff, offset >> 8])
}
