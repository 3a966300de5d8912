import { Packr } from 'msgpackr'
import { UnreadableDocumentError } from '../errors.ts'

// Records (keys written once for objects of one shape) are self-contained: every pack defines its own. Pointers
// (`structuredClone`) stay off, so that bytes from elsewhere cannot decode to a value that holds itself.
const packr = new Packr({ useRecords: true, moreTypes: true, useBigIntExtension: true, structuredClone: false })

/**
 * The bytes of a storable value (`value/plain-data.ts`), without reference to any other bytes. They are a view into a
 * pool: never written to again, but copy what you keep for long.
 */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/**
 * The value that was packed, fresh from its bytes: nobody else holds it, but it is not checked yet (`adopt` does that).
 * @throws UnreadableDocumentError unless the bytes are exactly one value.
 */
export function unpack(bytes: Uint8Array): unknown {
  try {
    // A view of our own, because the decoder leaves a property on what it is given; a Buffer, because it reads strings faster.
    return packr.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (cause) {
    throw new UnreadableDocumentError('The bytes are not one packed value.', { cause })
  }
}
