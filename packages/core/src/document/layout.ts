import { UnreadableDocumentError } from '../errors.ts'
import { endAt, faultOfHeader, frameKinds, headerBytes, isSameLife, kindAt, versionAt } from './frame.ts'

/** Where a reader is: what it says when it cannot go on. */
export interface Place {
  /** The first byte of the frame that is being read. */
  offset: number
}

/** The frames of a document: one end marker, or a snapshot and its commits without a gap. */
export interface Layout {
  readonly bytes: Buffer
  readonly type: 'live' | 'ended'
  /** The version of the first frame; each further one has one more. */
  readonly version: number
  /** Where each frame begins and, as the last entry, where the document ends. */
  readonly offsets: readonly number[]
}

/**
 * The frames of a document, by their headers alone: checksums and payloads are not looked at.
 * @throws UnreadableDocumentError when the headers do not make a document; `place` is then the frame at fault.
 */
export function readLayout(bytes: Buffer, place: Place): Layout {
  const offsets: number[] = []
  let start = 0
  let type: Layout['type'] = 'live'
  let firstVersion = 0
  do {
    place.offset = start
    const end = endOfFrame(bytes, start)
    const version = versionAt(bytes, start)
    if (offsets.length === 0) {
      type = typeOfDocument(kindAt(bytes, start))
      firstVersion = version
      if (version < 1) refuse('version 0 is none')
    } else {
      if (type === 'ended') refuse('something follows the end marker')
      if (kindAt(bytes, start) !== frameKinds.commit) refuse('a frame after the first is not a commit')
      if (!isSameLife(bytes, 0, start)) refuse('the frame is of another life')
      if (version !== firstVersion + offsets.length) {
        refuse(`version ${version} stands where ${firstVersion + offsets.length} should`)
      }
    }
    if (!Number.isSafeInteger(version)) refuse('the version is over 2^53 - 1')
    offsets.push(start)
    start = end
  } while (start < bytes.length)
  offsets.push(start)
  return { bytes, type, version: firstVersion, offsets }
}

function endOfFrame(bytes: Buffer, start: number): number {
  if (bytes.length === 0) refuse('it is empty')
  if (bytes.length - start < headerBytes) {
    refuse(`${bytes.length - start} bytes remain where a header of ${headerBytes} should be`)
  }
  const fault = faultOfHeader(bytes, start)
  if (fault !== undefined) refuse(fault)
  const end = endAt(bytes, start)
  if (end > bytes.length) refuse(`the frame ends ${end - bytes.length} bytes after the document`)
  return end
}

function typeOfDocument(kind: number | undefined): Layout['type'] {
  if (kind === frameKinds.snapshot) return 'live'
  if (kind === frameKinds.end) return 'ended'
  return refuse(kind === frameKinds.record ? 'it is a lock or an index and no scope' : 'it begins with a commit')
}

function refuse(what: string): never {
  throw new UnreadableDocumentError(what)
}
