import { createHash } from 'node:crypto'
import { maxKeyBytes } from './scope-key.ts'

const digestLetters = 64
/** A cut may fall up to three bytes short, so that no character is torn. */
const longestPlain = maxKeyBytes - 4

/**
 * The key of a document that is derived from another text: a lock, an index, a journal. The text itself, or where that is over
 * 242 bytes of UTF-8 its beginning and a digest of the whole. Different texts have different keys: those with a digest are longer.
 */
export function derivedKey(text: string): string {
  if (text.length * 3 <= longestPlain || Buffer.byteLength(text) <= longestPlain) return text
  const digest = createHash('sha256').update(text).digest('hex')
  return `${beginningOf(text, maxKeyBytes - 1 - digestLetters)}~${digest}`
}

/** As many whole characters as fit. */
function beginningOf(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes))
  return text.slice(0, read)
}
