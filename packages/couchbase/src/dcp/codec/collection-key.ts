import { type Frame } from './frame.ts'
import { malformed } from './shape.ts'

/** A key as it is on the wire where collections are negotiated. */
export interface CollectionKey {
  /** 0 is the default collection, 8 the first of the user's own. */
  readonly collection: number
  /** Undefined when the bytes are no UTF-8, which no document of this library has for a key. */
  readonly key: string | undefined
}

/**
 * The key of a message about a document: LEB128 of the collection id (u32, 7 bits a byte, lowest first, the highest bit
 * says that more follow), then the document key.
 * @throws MalformedMessageError when the id does not end within the key or is beyond 32 bits
 */
export function collectionKeyOf(frame: Frame): CollectionKey {
  const { bytes, keyStart, valueStart } = frame
  let collection = 0
  let at = keyStart
  for (let weight = 1; ; weight *= 128) {
    const byte = at < valueStart ? bytes[at] : undefined
    if (byte === undefined || weight > maxWeight) throw malformed(frame, 'A key does not begin with a collection id.')
    collection += (byte & 0x7f) * weight
    at++
    if (byte < 0x80) break
  }
  if (collection >= 2 ** 32) throw malformed(frame, 'A collection id has more than 32 bits.')
  return { collection, key: textAt(bytes, at, valueStart) }
}

/** Of the fifth byte. */
const maxWeight = 128 ** 4

function textAt(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end)
  // What cannot be decoded becomes U+FFFD; a key may hold that character by itself too.
  return text.includes('\u{fffd}') && !Buffer.from(text).equals(bytes.subarray(start, end)) ? undefined : text
}
