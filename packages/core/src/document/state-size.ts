import type { Diff } from '../diff/diff.ts'
import type { PathSize } from '../errors.ts'
import type { Path, PathSegment } from '../value/path.ts'
import { headerBytes } from './frame.ts'
import { pack } from './packer.ts'
import type { State } from '../value/plain-data.ts'
import type { LiveDocument } from './scope-document.ts'

/**
 * About the packed bytes of the newest state, rather too many: those of the snapshot and of everything after it. Costs
 * nothing; where it is over a limit, `measureState` tells whether the state is.
 */
export function estimateStateBytes(document: LiveDocument): number {
  return document.snapshotBytes - headerBytes + document.tailBytes
}

/** The packed bytes of a state. Costs an encoding. */
export function measureState(state: State): number {
  return pack(state).length
}

/** The bytes that a diff takes in a frame. */
export function measureDiff(diff: Diff): number {
  return pack(diff).length
}

/**
 * What takes the room in a state, largest first: of each property of the root the innermost part that holds at least
 * half of it. Costs several encodings; meant for an error.
 */
export function biggestPaths(state: State, count: number): readonly PathSize[] {
  return partsOf({ path: [], value: state })
    .map(innermost)
    .toSorted((left, right) => right.bytes - left.bytes)
    .slice(0, count)
    .map(({ path, bytes }) => ({ path, bytes }))
}

interface Part {
  readonly path: Path
  readonly value: unknown
}

interface SizedPart extends Part {
  readonly bytes: number
}

function innermost(part: SizedPart): SizedPart {
  const { bytes } = part
  const inner = partsOf(part).find(candidate => candidate.bytes * 2 >= bytes)
  return inner ? innermost(inner) : part
}

/** The parts of a container that a path can name; the members of a Set have none. */
function partsOf({ path, value }: Part): SizedPart[] {
  return entriesOf(value).map(([segment, part]) => ({
    path: [...path, segment],
    value: part,
    bytes: pack(part).length,
  }))
}

function entriesOf(value: unknown): (readonly [PathSegment, unknown])[] {
  if (Array.isArray(value)) return value.map((part: unknown, index) => [index, part])
  if (value instanceof Map) return [...(value as ReadonlyMap<PathSegment, unknown>)]
  if (typeof value !== 'object' || value === null) return []
  return Object.getPrototypeOf(value) === Object.prototype ? Object.entries(value) : []
}
