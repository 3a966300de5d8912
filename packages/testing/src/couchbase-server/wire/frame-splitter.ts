import { HEADER_LENGTH, MAGIC, partLengths } from './request.ts'

/** Cuts a stream of bytes into whole frames, however the bytes come. */
export interface FrameSplitter {
  /** The frames that are whole now, or `broken`: the rest of the stream means nothing and the connection must close. */
  push(chunk: Buffer): { readonly frames: readonly Buffer[]; readonly broken: boolean }
}

export function frameSplitter(): FrameSplitter {
  let chunks: Buffer[] = []
  let size = 0
  /** Bytes without which there is no next step: a big frame is joined once, not with every chunk. */
  let needed = 1
  return {
    push: chunk => {
      chunks.push(chunk)
      size += chunk.length
      if (size < needed) return { frames: [], broken: false }
      let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks, size)
      const frames: Buffer[] = []
      for (;;) {
        const length = frameLength(rest)
        if (length === 'broken') return { frames, broken: true }
        needed = length
        if (rest.length < length) break
        frames.push(rest.subarray(0, length))
        rest = rest.subarray(length)
        if (rest.length === 0) {
          needed = 1
          break
        }
      }
      chunks = rest.length > 0 ? [rest] : []
      size = rest.length
      return { frames, broken: false }
    },
  }
}

/** The biggest frame that a server takes. */
const LARGEST_BODY = 30 * 1024 * 1024

const KNOWN_MAGICS: ReadonlySet<number> = new Set(Object.values(MAGIC))

/** The length of the frame that starts here, as far as it is known. */
function frameLength(bytes: Buffer): number | 'broken' {
  const magic = bytes[0]
  if (magic !== undefined && !KNOWN_MAGICS.has(magic)) return 'broken'
  if (bytes.length < HEADER_LENGTH) return HEADER_LENGTH
  const body = bytes.readUInt32BE(8)
  const { framing, extras, key } = partLengths(bytes)
  if (framing + extras + key > body || body > LARGEST_BODY) return 'broken'
  return HEADER_LENGTH + body
}
