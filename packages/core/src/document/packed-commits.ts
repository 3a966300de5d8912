import type { Diff } from '../diff/diff.ts'
import type { Operation } from '../draft/operation.ts'
import type { State } from '../value/plain-data.ts'
import { recordAt, recordOf } from './commit-record.ts'
import type { Fence } from './fences.ts'
import { allocateFrames, commitIdAt, deadlineAt, endAt, redateFrame } from './frame.ts'
import type { Indexed } from './indexed.ts'
import type { CommitId, CommitRecord, Origin } from './scope-document.ts'

/** So many of the newest commits stay as they are: what is asked for is nearly always among them. */
const leastUnpacked = 4
/** So many are packed together. */
const bundled = 8

/**
 * The same tail in less memory: all but the newest commits are kept as the bytes of their frames, and decoded again when
 * somebody asks for what they changed. `before`: the state before the first of them. For documents that are held for long.
 */
export function packTail(tail: readonly CommitRecord[], before: State): readonly CommitRecord[] {
  let start = tail.length
  while (start > 0 && !(tail[start - 1] instanceof PackedCommit)) start--
  if (tail.length - start < leastUnpacked + bundled) return tail
  const packed = [...tail]
  for (; tail.length - start >= leastUnpacked + bundled; start += bundled) {
    const previous = packed[start - 1]
    const commits = packCommits(tail.slice(start, start + bundled), previous ? previous.state : before)
    packed.splice(start, bundled, ...commits)
  }
  return packed
}

/** The commit with this deadline in its frame; the same object where it has it. */
export function redated(record: CommitRecord, deadline: number): CommitRecord {
  if (record instanceof PackedCommit) return record.redated(deadline)
  const frame = redatedFrames(record.frame, deadline)
  return frame === undefined ? record : recordOf(record, record, record, frame)
}

/** Frames of commits that follow each other. */
class Bundle {
  /** One frame behind the other. */
  readonly bytes: Buffer
  readonly #before: State
  /** The state that the last of the commits made. */
  readonly #after: State
  /** Once somebody has asked; nobody does until there is a conflict. */
  #records: readonly CommitRecord[] | undefined
  /** The same commits with the deadline that was last asked for. */
  #redated: { readonly deadline: number; readonly bundle: Bundle } | undefined

  constructor(bytes: Buffer, before: State, after: State) {
    this.bytes = bytes
    this.#before = before
    this.#after = after
  }

  /** The commit whose frame begins there, decoded. */
  recordAt(offset: number): CommitRecord {
    this.#records ??= this.#decode()
    let start = 0
    for (const record of this.#records) {
      if (start === offset) return record
      start += record.frame.length
    }
    throw new RangeError(`No frame begins at ${offset}.`)
  }

  /** The state that the commit made. That of the last one is known without decoding. */
  stateAt(offset: number): State {
    return endAt(this.bytes, offset) === this.bytes.length ? this.#after : this.recordAt(offset).state
  }

  /** The same one for all commits of the bundle. */
  redated(deadline: number): Bundle {
    if (this.#redated?.deadline === deadline) return this.#redated.bundle
    const bytes = redatedFrames(this.bytes, deadline)
    if (bytes === undefined) return this
    const bundle = new Bundle(bytes, this.#before, this.#after)
    this.#redated = { deadline, bundle }
    return bundle
  }

  #decode(): readonly CommitRecord[] {
    const { bytes } = this
    const records: CommitRecord[] = []
    let before = this.#before
    for (let start = 0, end = 0; start < bytes.length; start = end) {
      end = endAt(bytes, start)
      const record = recordAt({ bytes, start, end, before }, bytes.subarray(start, end))
      records.push(record)
      before = record.state
    }
    return records
  }
}

/** What is asked of every commit at every write. */
type AtHand = Pick<CommitRecord, 'version' | 'schemaVersion' | 'fences' | 'indexed'>

/** A commit in a bundle. */
class PackedCommit implements CommitRecord {
  readonly version: number
  readonly schemaVersion: number
  readonly fences: readonly Fence[] | undefined
  readonly indexed: Indexed | undefined
  readonly #bundle: Bundle
  readonly #offset: number

  constructor({ version, schemaVersion, fences, indexed }: AtHand, bundle: Bundle, offset: number) {
    this.version = version
    this.schemaVersion = schemaVersion
    this.fences = fences
    this.indexed = indexed
    this.#bundle = bundle
    this.#offset = offset
  }

  get commitId(): CommitId {
    return commitIdAt(this.#bundle.bytes, this.#offset)
  }

  get frame(): Uint8Array {
    const { bytes } = this.#bundle
    return bytes.subarray(this.#offset, endAt(bytes, this.#offset))
  }

  get state(): State {
    return this.#bundle.stateAt(this.#offset)
  }

  get baseVersion(): number {
    return this.#record.baseVersion
  }

  get at(): number {
    return this.#record.at
  }

  get origin(): Origin {
    return this.#record.origin
  }

  get diff(): Diff | undefined {
    return this.#record.diff
  }

  get ops(): readonly Operation[] {
    return this.#record.ops
  }

  get newValues(): ReadonlySet<object> {
    return this.#record.newValues
  }

  redated(deadline: number): PackedCommit {
    const bundle = this.#bundle.redated(deadline)
    return bundle === this.#bundle ? this : new PackedCommit(this, bundle, this.#offset)
  }

  get #record(): CommitRecord {
    return this.#bundle.recordAt(this.#offset)
  }
}

/** A copy of the frames with this deadline; undefined where all of them have it. */
function redatedFrames(frames: Uint8Array, deadline: number): Buffer | undefined {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length)
  let dated: Buffer | undefined
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = endAt(bytes, start)
    if (deadlineAt(bytes, start) === deadline) continue
    dated ??= copyOf(bytes)
    redateFrame(dated, start, end, deadline)
  }
  return dated
}

function copyOf(bytes: Uint8Array): Buffer {
  const copy = allocateFrames(bytes.length)
  copy.set(bytes)
  return copy
}

function packCommits(records: readonly CommitRecord[], before: State): readonly CommitRecord[] {
  const bytes = allocateFrames(records.reduce((length, { frame }) => length + frame.length, 0))
  const bundle = new Bundle(bytes, before, records.at(-1)?.state ?? before)
  let offset = 0
  return records.map(record => {
    const start = offset
    bytes.set(record.frame, start)
    offset += record.frame.length
    return new PackedCommit(record, bundle, start)
  })
}
