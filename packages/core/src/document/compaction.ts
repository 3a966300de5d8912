import { idsUpTo, namedIds } from './commit-ids.ts'
import type { Encoded } from './encode.ts'
import { raised } from './fences.ts'
import { allocateFrames, checksumAt, frameKinds, headerBytes, writeFrame } from './frame.ts'
import { redated } from './packed-commits.ts'
import type { CommitRecord, LiveDocument } from './scope-document.ts'
import { packSnapshot } from './snapshot.ts'

/** A tail may always have so many bytes, however small the snapshot is. */
const freeTailBytes = 4096
/** The most frames of a tail. */
const tailFrames = 64
/** The most frames that a compaction leaves behind the snapshot: K. */
const keptFrames = 32

/** Whether the tail would be too long with so much more: it is to be compacted in the same write. */
export function mustCompact(document: LiveDocument, addedBytes: number, addedFrames: number): boolean {
  return (
    document.tailBytes + addedBytes > tailLimit(document.snapshotBytes) ||
    document.tail.length + addedFrames > tailFrames
  )
}

/** What a compaction writes. */
export interface CompactOptions {
  /** With the commits that the same write brings. */
  readonly document: LiveDocument
  /** The deadline of every frame that is written, unix seconds; 0: never. */
  readonly deadline: number
  /** What the document may take: fewer frames stay behind the snapshot where there is no room for them. Default: Infinity. */
  readonly maxBytes?: number
  /** What the definition says now; absent: as before. */
  readonly keepEndsMs?: number
}

/**
 * The same scope in a short document: a snapshot, then the newest commits, so that a reader a few versions behind still
 * gets diffs. State, version and ids are those of `document`, whose bytes are left alone. Each commit that leaves the
 * tail is named by the snapshot, so whoever sent it can find it. Costs an encoding of the state: O(state).
 */
export function compact({
  document: given,
  deadline,
  keepEndsMs,
  maxBytes = Infinity,
}: CompactOptions): Encoded<LiveDocument> {
  const isAsBefore = keepEndsMs === undefined || keepEndsMs === (given.facts.keepEndsMs ?? 0)
  const document = isAsBefore ? given : { ...given, facts: { ...given.facts, keepEndsMs: keepEndsMs || undefined } }
  let kept = framesWithin(document.tail, document.snapshotBytes, maxBytes)
  let snapshot = snapshotBefore(document, kept)
  // The new snapshot may be smaller than the old one, then fewer frames may stay; each round keeps fewer.
  for (;;) {
    const fewer = Math.min(kept, framesWithin(document.tail, headerBytes + snapshot.payload.length, maxBytes))
    if (fewer === kept) break
    kept = fewer
    snapshot = snapshotBefore(document, kept)
  }
  return assemble(document, snapshot, document.tail.slice(document.tail.length - kept), deadline)
}

/** A snapshot that is still to be framed. */
type PackedSnapshot = Pick<LiveDocument, 'snapshotVersion' | 'snapshotState' | 'snapshotIds' | 'facts'> & {
  readonly payload: Uint8Array
}

function tailLimit(snapshotBytes: number): number {
  return Math.max(freeTailBytes, snapshotBytes)
}

/** How many of the newest frames may stay behind a snapshot of this size: half of what a tail may have. */
function framesWithin(tail: readonly CommitRecord[], snapshotBytes: number, maxBytes: number): number {
  let room = Math.min(tailLimit(snapshotBytes), maxBytes - snapshotBytes) / 2
  let count = 0
  while (count < keptFrames) {
    room -= tail[tail.length - 1 - count]?.frame.length ?? Infinity
    if (room < 0) break
    count++
  }
  return count
}

/** The snapshot before the last `kept` commits of the document. */
function snapshotBefore(document: LiveDocument, kept: number): PackedSnapshot {
  const folded = document.tail.length - kept
  const snapshotVersion = document.snapshotVersion + folded
  const newest = document.tail[folded - 1]
  const snapshotState = newest?.state ?? document.snapshotState
  const snapshotIds = idsUpTo(document, snapshotVersion, Math.max(namedIds, folded + 1))
  const schemaVersion = newest?.schemaVersion ?? document.facts.schemaVersion
  const folding = document.tail.slice(0, folded)
  const fences = folding.reduce((before, record) => raised(before, record.fences), document.facts.fences)
  const indexed = folding.findLast(record => record.indexed)?.indexed ?? document.facts.indexed
  const facts = { ...document.facts, schemaVersion, indexed, fences }
  const payload = packSnapshot({ state: snapshotState, ids: snapshotIds, facts })
  return { snapshotVersion, snapshotState, snapshotIds, facts, payload }
}

function assemble(
  document: LiveDocument,
  { payload, ...snapshot }: PackedSnapshot,
  kept: readonly CommitRecord[],
  deadline: number,
): Encoded<LiveDocument> {
  const snapshotBytes = headerBytes + payload.length
  const tailBytes = kept.reduce((bytes, { frame }) => bytes + frame.length, 0)
  const bytes = allocateFrames(snapshotBytes + tailBytes)
  const { life } = document
  const version = snapshot.snapshotVersion
  const commitId = snapshot.snapshotIds.at(-1) ?? document.commitId
  let start = writeFrame(bytes, 0, { kind: frameKinds.snapshot, life, version, commitId, deadline }, payload)
  // Not views on these bytes: they would be kept for as long as one of the commits is.
  const tail = kept.map(record => redated(record, deadline))
  for (const { frame } of tail) {
    bytes.set(frame, start)
    start += frame.length
  }
  const checksum = checksumAt(bytes, 0)
  return {
    bytes,
    document: { ...document, ...snapshot, deadline, snapshotBytes, snapshotChecksum: checksum, tail, tailBytes },
  }
}
