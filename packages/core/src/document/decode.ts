import { UnreadableDocumentError } from '../errors.ts'
import { deepEqual } from '../value/equal.ts'
import type { State } from '../value/plain-data.ts'
import { recordAt } from './commit-record.ts'
import { unpackEnd } from './end-payload.ts'
import { DeferredDocument } from './deferred-document.ts'
import { checksumAt, commitIdAt, deadlineAt, headerBytes, isIntact, isSameCommit, lifeAt } from './frame.ts'
import { type Layout, type Place, readLayout } from './layout.ts'
import { packTail, redated } from './packed-commits.ts'
import type { CommitRecord, EndedDocument, Life, LiveDocument, ScopeDocument } from './scope-document.ts'
import { deferSnapshot, unpackSnapshot } from './snapshot.ts'

/** Options of `decodeDocument`. */
export interface DecodeOptions {
  /** Names the document in errors. */
  readonly key?: string | undefined
  /**
   * What is known of the scope. Where the bytes continue it, only what is newer is decoded, and whatever has not
   * changed is the very same object in both documents.
   */
  readonly known?: ScopeDocument | undefined
  /**
   * The state of a snapshot without commits is made when it is first read, if it is certain now that it can be: for whoever
   * hands on many documents, of which not every state is looked at.
   */
  readonly defersState?: boolean | undefined
  /**
   * It is held for long: it takes less memory then and holds no view on the bytes, and what older commits have changed is decoded
   * once more when somebody asks for it. Default: false.
   */
  readonly isKept?: boolean | undefined
}

/**
 * The document in these bytes, its states frozen. It may hold views on them: they are not to be written to any more.
 * @throws UnreadableDocumentError, and nothing else, unless every byte of it is as SPEC.md says.
 */
export function decodeDocument(
  bytes: Uint8Array,
  { key, known, defersState = false, isKept = false }: DecodeOptions = {},
): ScopeDocument {
  const place: Place = { offset: 0 }
  try {
    const layout = readLayout(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), place)
    if (layout.type === 'ended') return decodeEnd(layout, place)
    const onto = known?.type === 'live' ? decodeOnto(known, layout) : undefined
    return onto ?? ((defersState && deferWhole(layout, place)) || decodeWhole(layout, place, isKept))
  } catch (cause) {
    throw unreadable(cause, key, place)
  }
}

function decodeEnd(layout: Layout, place: Place): EndedDocument {
  const payload = payloadOf(layout, 0, place)
  const { bytes, version } = layout
  const commitId = commitIdAt(bytes, 0)
  const end = unpackEnd(payload, commitId, version)
  return { type: 'ended', life: lifeAt(bytes, 0), version, commitId, deadline: deadlineAt(bytes, 0), ...end }
}

function decodeWhole(layout: Layout, place: Place, isKept: boolean): LiveDocument {
  const snapshot = decodeSnapshot(layout, place)
  const tail: CommitRecord[] = []
  let state = snapshot.snapshotState
  for (let index = 1; index < frameCount(layout); index++) {
    const frame = frameOf(layout, index)
    const record = decodeCommit(layout, index, place, state, isKept ? new Uint8Array(frame) : frame)
    tail.push(record)
    state = record.state
  }
  return assemble(layout, lifeAt(layout.bytes, 0), snapshot, isKept ? packTail(tail, snapshot.snapshotState) : tail)
}

/** The document of a snapshot alone, whose state is made later; undefined where that may not be possible then. */
function deferWhole(layout: Layout, place: Place): LiveDocument | undefined {
  if (frameCount(layout) > 1) return undefined
  const { bytes, version } = layout
  const commitId = commitIdAt(bytes, 0)
  const snapshot = deferSnapshot(payloadOf(layout, 0, place), commitId, version)
  if (snapshot === undefined) return undefined
  const life = lifeAt(bytes, 0)
  const deadline = deadlineAt(bytes, 0)
  const frame = {
    life,
    version,
    commitId,
    deadline,
    snapshotBytes: bytes.length,
    snapshotChecksum: checksumAt(bytes, 0),
  }
  return new DeferredDocument(frame, snapshot)
}

/** The document as `known` and what follows it; undefined when the bytes do not visibly continue it. */
function decodeOnto(known: LiveDocument, layout: Layout): LiveDocument | undefined {
  const { bytes, version } = layout
  /** The frame that made the known version. */
  const knownIndex = known.version - version
  /** How many commits of the known tail have become part of the snapshot. */
  const folded = version - known.snapshotVersion
  if (folded < 0 || knownIndex < 0 || knownIndex >= frameCount(layout)) return undefined
  if (known.life !== lifeAt(bytes, 0) || known.commitId !== commitIdAt(bytes, startOf(layout, knownIndex))) {
    return undefined
  }
  const place: Place = { offset: 0 }
  try {
    const snapshot = continueSnapshot(known, folded, layout, place)
    if (snapshot === undefined) return undefined
    const tail: CommitRecord[] = []
    for (let index = 1; index <= knownIndex; index++) {
      const record = continueCommit(known.tail[folded + index - 1], layout, index, place)
      if (record === undefined) return undefined
      tail.push(record)
    }
    let { state } = known
    for (let index = knownIndex + 1; index < frameCount(layout); index++) {
      // A view would keep this whole document in memory, and the next frame the next one.
      const frame = new Uint8Array(frameOf(layout, index))
      const record = decodeCommit(layout, index, place, state, frame)
      tail.push(record)
      state = record.state
    }
    const isUnchanged = snapshot === known && isSameList(tail, known.tail)
    return isUnchanged ? known : assemble(layout, known.life, snapshot, packTail(tail, snapshot.snapshotState))
  } catch {
    // Whether the bytes or what is known is at fault, the whole document tells.
    return undefined
  }
}

/** What a document says of its snapshot. */
type SnapshotPart = Pick<LiveDocument, 'facts' | 'snapshotState' | 'snapshotIds'>

function decodeSnapshot(layout: Layout, place: Place): SnapshotPart {
  const payload = payloadOf(layout, 0, place)
  const { state, ids, facts } = unpackSnapshot(payload, commitIdAt(layout.bytes, 0), layout.version)
  return { facts, snapshotState: state, snapshotIds: ids }
}

/** The snapshot, with the state that is known at its version in place of an equal one; undefined when it is not equal. */
function continueSnapshot(known: LiveDocument, folded: number, layout: Layout, place: Place): SnapshotPart | undefined {
  const { bytes } = layout
  if (folded === 0 && startOf(layout, 1) === known.snapshotBytes && checksumAt(bytes, 0) === known.snapshotChecksum) {
    checkFrame(layout, 0, place)
    return known
  }
  const snapshot = decodeSnapshot(layout, place)
  const snapshotState = folded === 0 ? known.snapshotState : known.tail[folded - 1]?.state
  if (snapshotState === undefined || !deepEqual(snapshotState, snapshot.snapshotState)) return undefined
  return { ...snapshot, snapshotState }
}

/** The commit in a frame, folded onto the state before. `frame`: its bytes, as the record is to hold them. */
function decodeCommit(layout: Layout, index: number, place: Place, before: State, frame: Uint8Array): CommitRecord {
  checkFrame(layout, index, place)
  const { bytes } = layout
  return recordAt({ bytes, start: startOf(layout, index), end: startOf(layout, index + 1), before }, frame)
}

/** The record of a frame that says the same as the known one; undefined when it does not. */
function continueCommit(
  known: CommitRecord | undefined,
  layout: Layout,
  index: number,
  place: Place,
): CommitRecord | undefined {
  const { bytes } = layout
  const start = startOf(layout, index)
  const end = startOf(layout, index + 1)
  if (known === undefined) return undefined
  // Bytes that are equal to checked ones need no check.
  if (bytes.compare(known.frame, 0, known.frame.length, start, end) === 0) return known
  checkFrame(layout, index, place)
  return isSameCommit(bytes, start, end, known.frame) ? redated(known, deadlineAt(bytes, start)) : undefined
}

function assemble(layout: Layout, life: Life, snapshot: SnapshotPart, tail: readonly CommitRecord[]): LiveDocument {
  const { bytes, version } = layout
  const newest = frameCount(layout) - 1
  const start = startOf(layout, newest)
  const snapshotBytes = startOf(layout, 1)
  const { facts, snapshotState, snapshotIds } = snapshot
  return {
    type: 'live',
    life,
    version: version + newest,
    commitId: tail.at(-1)?.commitId ?? commitIdAt(bytes, 0),
    deadline: deadlineAt(bytes, start),
    state: tail.at(-1)?.state ?? snapshotState,
    facts,
    snapshotVersion: version,
    snapshotState,
    snapshotIds,
    snapshotBytes,
    snapshotChecksum: checksumAt(bytes, 0),
    tail,
    tailBytes: bytes.length - snapshotBytes,
  }
}

function isSameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index])
}

function frameCount({ offsets }: Layout): number {
  return offsets.length - 1
}

function startOf({ offsets, bytes }: Layout, index: number): number {
  return offsets[index] ?? bytes.length
}

function frameOf(layout: Layout, index: number): Uint8Array {
  return layout.bytes.subarray(startOf(layout, index), startOf(layout, index + 1))
}

function payloadOf(layout: Layout, index: number, place: Place): Buffer {
  checkFrame(layout, index, place)
  return layout.bytes.subarray(startOf(layout, index) + headerBytes, startOf(layout, index + 1))
}

function checkFrame(layout: Layout, index: number, place: Place): void {
  const start = startOf(layout, index)
  place.offset = start
  if (!isIntact(layout.bytes, start, startOf(layout, index + 1))) {
    throw new UnreadableDocumentError('the checksum does not fit the frame')
  }
}

function unreadable(cause: unknown, key: string | undefined, { offset }: Place): UnreadableDocumentError {
  const name = key === undefined ? 'The document' : `The document ${JSON.stringify(key)}`
  const what = cause instanceof UnreadableDocumentError ? cause.message : 'its payload cannot be decoded'
  return new UnreadableDocumentError(`${name} is unreadable, in the frame at byte ${offset}: ${what}`, { cause, key })
}
