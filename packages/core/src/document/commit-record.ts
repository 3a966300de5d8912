import { applyDiff, noNewValues } from '../diff/apply.ts'
import type { State } from '../value/plain-data.ts'
import { unpackCommit } from './commit-payload.ts'
import { commitIdAt, headerBytes, versionAt } from './frame.ts'
import type { CommitRecord } from './scope-document.ts'

/** Where a commit frame stands in bytes, and on what its commit was made. */
export interface FramePlace {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** The state of the version before. */
  readonly before: State
}

/**
 * The commit in the frame, folded onto the state before. `frame`: its bytes, as the record is to hold them.
 * @throws UnreadableDocumentError when its payload is no commit, or none of that state; checksum and header are not looked at.
 */
export function recordAt({ bytes, start, end, before }: FramePlace, frame: Uint8Array): CommitRecord {
  const payload = bytes.subarray(start + headerBytes, end)
  const { baseVersion, schemaVersion, at, origin, diff, ops, fences, indexed } = unpackCommit(payload)
  const folded = diff === undefined ? undefined : applyDiff(diff, before)
  // Field by field: two spreads would cost more than all the rest.
  return {
    commitId: commitIdAt(bytes, start),
    version: versionAt(bytes, start),
    baseVersion,
    schemaVersion,
    at,
    origin,
    diff,
    ops,
    fences,
    indexed,
    state: folded?.state ?? before,
    newValues: folded?.newValues ?? noNewValues,
    frame,
  }
}
