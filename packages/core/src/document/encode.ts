import type { EndReason } from '../errors.ts'
import { idsUpTo, namedIds } from './commit-ids.ts'
import { type CommitPayload, packCommit } from './commit-payload.ts'
import { packEnd } from './end-payload.ts'
import { type Fence, fencesOf, raised } from './fences.ts'
import { packTail } from './packed-commits.ts'
import { checksumAt, encodeFrame, frameKinds } from './frame.ts'
import { schemaVersionOf } from './schema-version-of.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitId, CommitRecord, EndedDocument, Life, LiveDocument, SnapshotFacts } from './scope-document.ts'
import { packSnapshot } from './snapshot.ts'

/** A document as it is to be stored, and what decoding it would give. */
export interface Encoded<D> {
  readonly bytes: Uint8Array
  readonly document: D
}

/** What a new document begins with. */
export interface CreateOptions {
  readonly life: Life
  readonly commitId: CommitId
  readonly deadline: number
  readonly state: State
  readonly facts: SnapshotFacts
}

/** A document of one snapshot, at version 1: a scope that was created, or the copy that a rotation makes. */
export function createDocument({ life, commitId, deadline, state, facts }: CreateOptions): Encoded<LiveDocument> {
  const ids = [commitId]
  const version = 1
  const bytes = encodeFrame(
    { kind: frameKinds.snapshot, life, version, commitId, deadline },
    packSnapshot({ state, ids, facts }),
  )
  const document: LiveDocument = {
    type: 'live',
    life,
    version,
    commitId,
    deadline,
    state,
    facts,
    snapshotVersion: version,
    snapshotState: state,
    snapshotIds: ids,
    snapshotBytes: bytes.length,
    snapshotChecksum: checksumAt(bytes, 0),
    tail: [],
    tailBytes: 0,
  }
  return { bytes, document }
}

/** What a commit frame is made of. */
export interface CommitOptions extends CommitPayload {
  readonly life: Life
  /** One more than that of the document, or of the frame before. */
  readonly version: number
  readonly commitId: CommitId
  /** That of the document: an append moves no deadline. */
  readonly deadline: number
}

/** One commit frame. The bytes are the caller's own. */
export function encodeCommit(commit: CommitOptions): Uint8Array {
  const { life, version, commitId, deadline } = commit
  return encodeFrame({ kind: frameKinds.commit, life, version, commitId, deadline }, packCommit(commit))
}

/** The document after an append of these commits, which follow its version without a gap. O(frames of the tail). */
export function appendCommits(document: LiveDocument, commits: readonly CommitRecord[]): LiveDocument {
  const newest = commits.at(-1)
  if (newest === undefined) return document
  const { type, life, deadline, facts, snapshotVersion, snapshotState, snapshotIds } = document
  const { snapshotBytes, snapshotChecksum } = document
  let { tailBytes } = document
  for (const { frame } of commits) tailBytes += frame.length
  return {
    type,
    life,
    version: newest.version,
    commitId: newest.commitId,
    deadline,
    state: newest.state,
    facts,
    snapshotVersion,
    snapshotState,
    snapshotIds,
    snapshotBytes,
    snapshotChecksum,
    tail: packTail([...document.tail, ...commits], snapshotState),
    tailBytes,
  }
}

/** How a scope ends. */
export interface EndOptions {
  /** The last state, with the commits that end with it. */
  readonly document: LiveDocument
  /** The end's own id: the end is a commit. */
  readonly commitId: CommitId
  /** When the marker may go, unix seconds; 0: never. */
  readonly deadline: number
  readonly reason: EndReason
  readonly detail?: string | undefined
  readonly at: number
  readonly delivery: EndedDocument['delivery']
  /** The life that a rotation made. */
  readonly next?: Life | undefined
  /** Whether the marker holds the final state. */
  readonly keepState: boolean
  /** Of the exclusive locks that the scope is ended under. */
  readonly fences?: readonly Fence[] | undefined
}

/** The end marker of a scope: the whole document from then on, one version after the last commit. */
export function encodeEnd(options: EndOptions): Encoded<EndedDocument> {
  const { document: last, commitId, deadline, reason, detail, at, delivery, next, keepState } = options
  const { life } = last
  const version = last.version + 1
  // Commits that are sent together with the end are found by their ids, however many: they are in the tail.
  const ids = [...idsUpTo(last, last.version, Math.max(namedIds - 1, last.tail.length + 1)), commitId]
  const state = keepState ? last.state : undefined
  const fences = raised(fencesOf(last), options.fences)
  const payload = {
    state,
    ids,
    schemaVersion: schemaVersionOf(last),
    reason,
    detail,
    at,
    delivery,
    next,
    ...(fences && { fences }),
  }
  const bytes = encodeFrame({ kind: frameKinds.end, life, version, commitId, deadline }, packEnd(payload))
  return { bytes, document: { type: 'ended', life, version, commitId, deadline, ...payload } }
}

/** The marker itself, or as a journal, with another state of its delivery. */
export function encodeMarker(marker: EndedDocument): Encoded<EndedDocument> {
  const { life, version, commitId, deadline, ...payload } = marker
  const bytes = encodeFrame({ kind: frameKinds.end, life, version, commitId, deadline }, packEnd(payload))
  return { bytes, document: marker }
}
