import { UnreadableDocumentError } from '../errors.ts'
import { endAt, encodeFrame, faultOfHeader, frameKinds, headerBytes, isIntact, kindAt } from './frame.ts'
import { pack, unpack } from './packer.ts'
import type { CommitId, Life } from './scope-document.ts'

/** A record belongs to no life and has no history: the fields of the header that would say so are zero. */
const noHistory = { life: '0'.repeat(16) as Life, version: 0, commitId: '0'.repeat(32) as CommitId, deadline: 0 }

/** The document of a lock or an index: one frame around the value. Such documents are no scopes, and no changes of them are told. */
export function encodeRecord(value: unknown): Uint8Array {
  return encodeFrame({ kind: frameKinds.record, ...noHistory }, pack(value))
}

/**
 * The value of such a document, unchecked.
 * @throws UnreadableDocumentError that names the key, unless every byte is as SPEC.md says.
 */
export function decodeRecord(bytes: Uint8Array, key: string): unknown {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fault = faultOf(frame)
  if (fault !== undefined) {
    throw new UnreadableDocumentError(`The record ${JSON.stringify(key)} is unreadable: ${fault}.`, { key })
  }
  return unpack(frame.subarray(headerBytes))
}

function faultOf(frame: Buffer): string | undefined {
  if (frame.length < headerBytes) return `it has ${frame.length} bytes, and a header has ${headerBytes}`
  const fault = faultOfHeader(frame, 0)
  if (fault !== undefined) return fault
  if (kindAt(frame, 0) !== frameKinds.record) return 'it is a scope and no lock or index'
  if (endAt(frame, 0) !== frame.length) return 'its frame does not end where the document does'
  return isIntact(frame, 0, frame.length) ? undefined : 'the checksum does not fit the frame'
}
