import type { Path } from '../value/path.ts'

/** What two sides did to one place (merge rules 16 and 33). */
export type ConflictKind =
  /** Both wrote it, or one wrote and one deleted it; also where a policy takes the two changes together. */
  | 'write/write'
  /** One wrote or deleted it, the other changed something inside it. */
  | 'inside'
  /** Both moved elements of an array, to different orders. */
  | 'order'
  /** A list has duplicate or missing keys, so that it was merged as a plain array. */
  | 'keys'
  /** An op found something else than it was made for. */
  | 'op'

/** Two changes of one place that exclude each other. A value that is undefined is absent; the others are frozen. */
export interface MergeContest {
  /** An element of a plain array is named by its index in the base, one of a list by key by its key. */
  readonly path: Path
  readonly kind: ConflictKind
  readonly base: unknown
  /** Of the side that is merged: the later one. */
  readonly ours: unknown
  /** Of the side that was stored before. */
  readonly theirs: unknown
}

/** One decision that a merge took. */
export interface MergeConflict extends MergeContest {
  /** The name of the policy that decided: `lastWriter`, `counter`, `function`, … or of the op. */
  readonly policy: string
  readonly result: unknown
  /** Whose value the result leaves out, because it is the other's. */
  readonly lost: 'ours' | 'theirs' | 'none'
}
