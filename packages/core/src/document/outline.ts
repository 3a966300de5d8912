import { UnreadableDocumentError } from '../errors.ts'
import { unpackEnd } from './end-payload.ts'
import { commitIdAt, deadlineAt, headerBytes, lifeAt } from './frame.ts'
import { type Layout, readLayout } from './layout.ts'
import type { CommitId, Life } from './scope-document.ts'
import { unpackSnapshot } from './snapshot.ts'

/** What a stored document says without being decoded. */
export interface DocumentOutline {
  readonly isEnded: boolean
  readonly life: Life
  readonly version: number
  /** The id of the newest commit. */
  readonly commitId: CommitId
  /** Unix time in seconds at which the scope ends; 0: never. */
  readonly deadline: number
  /** The commit id of a version, or undefined when the document does not (or no longer) say. Decodes only for old ones. */
  readonly idAt: (version: number) => CommitId | undefined
}

/**
 * The outline of a stored document, read from the headers of its frames: no checksum is checked and no state decoded.
 * Undefined when the bytes are no scope. It reads from `bytes` for as long as it is used.
 */
export function outlineOf(bytes: Uint8Array): DocumentOutline | undefined {
  const layout = layoutOf(bytes)
  if (layout === undefined) return undefined
  const newest = layout.version + layout.offsets.length - 2
  const start = layout.offsets.at(-2) ?? 0
  return {
    isEnded: layout.type === 'ended',
    life: lifeAt(layout.bytes, 0),
    version: newest,
    commitId: commitIdAt(layout.bytes, start),
    deadline: deadlineAt(layout.bytes, start),
    idAt: version => {
      if (version > newest) return undefined
      const place = layout.offsets[version - layout.version]
      return place === undefined ? earlierIdAt(layout, version) : commitIdAt(layout.bytes, place)
    },
  }
}

function layoutOf(bytes: Uint8Array): Layout | undefined {
  try {
    return readLayout(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { offset: 0 })
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return undefined
    throw error
  }
}

/** From the list of ids in the first frame. */
function earlierIdAt({ bytes, type, version, offsets }: Layout, wanted: number): CommitId | undefined {
  const payload = bytes.subarray(headerBytes, offsets[1])
  const commitId = commitIdAt(bytes, 0)
  try {
    const { ids } = (type === 'ended' ? unpackEnd : unpackSnapshot)(payload, commitId, version)
    return ids[ids.length - 1 - (version - wanted)]
  } catch {
    // A payload that is damaged names nothing; decoding the document says what is wrong with it.
    return undefined
  }
}
