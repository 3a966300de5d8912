import type { Path, PathSegment } from '../value/path.ts'
import type { PolicyPlace } from './policy-table.ts'

/** One place of a merge. */
export interface Place {
  readonly path: Path
  readonly policies: PolicyPlace
  /** An object here is the old one, edited, however it was written: the state itself, an element of a list by key. */
  readonly isIdentified: boolean
}

/** One place in the three states; undefined is absent. */
export interface Sides<T = unknown> {
  readonly base: T
  readonly ours: T
  readonly theirs: T
}

/** The place one step down. */
export function partOf({ path, policies }: Place, segment: PathSegment, isIdentified: boolean = false): Place {
  return { path: [...path, segment], policies: policies.at(segment), isIdentified }
}
