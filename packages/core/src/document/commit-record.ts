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

/** What a payload says of its commit. */
type Told = Pick<
  CommitRecord,
  'baseVersion' | 'schemaVersion' | 'at' | 'origin' | 'diff' | 'ops' | 'fences' | 'indexed'
>

/**
 * The commit in the frame, folded onto the state before. `frame`: its bytes, as the record is to hold them.
 * @throws UnreadableDocumentError when its payload is no commit, or none of that state; checksum and header are not looked at.
 */
export function recordAt({ bytes, start, end, before }: FramePlace, frame: Uint8Array): CommitRecord {
  const payload = bytes.subarray(start + headerBytes, end)
  const commit = unpackCommit(payload)
  const folded = commit.diff === undefined ? undefined : applyDiff(commit.diff, before)
  return recordOf(
    { commitId: commitIdAt(bytes, start), version: versionAt(bytes, start) },
    commit,
    folded ?? { state: before, newValues: noNewValues },
    frame,
  )
}

/** A commit by what its header and its payload say, what it has made, and its frame. */
export function recordOf(
  { commitId, version }: Pick<CommitRecord, 'commitId' | 'version'>,
  { baseVersion, schemaVersion, at, origin, diff, ops, fences, indexed }: Told,
  { state, newValues }: Pick<CommitRecord, 'state' | 'newValues'>,
  frame: Uint8Array,
): CommitRecord {
  // Field by field, here as in all that each commit makes: copies of whole objects would cost more than all the rest.
  return {
    commitId,
    version,
    baseVersion,
    schemaVersion,
    at,
    origin,
    diff,
    ops,
    fences,
    indexed,
    state,
    newValues,
    frame,
  }
}
