import type { Transcoder } from 'couchbase'

/** The word that the SDKs of all languages write for "bytes, no format". */
const binaryFlags = 0x03000002

/**
 * Bytes as they are, whatever the flags of a stored document say: what somebody else wrote under our key is for the decoder
 * to refuse, and must not look like a failure of the store.
 */
export const bytesTranscoder: Transcoder = {
  encode: (bytes: Buffer) => [bytes, binaryFlags],
  decode: (bytes: Buffer) => bytes,
}
