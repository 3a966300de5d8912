import type { Path } from '../value/path.ts'

/** What two sides did to one place (merge rules 16 and 33). */
type ConflictKind =
  /** Both wrote it, or one wrote and one deleted it. */
  | 'write/write'
  /** One wrote or deleted it, the other changed something inside it. */
  | 'inside'
  /** Both moved elements of an array, to different orders. */
  | 'order'
  /** A list has duplicate or missing keys, so that it was merged as a plain array. */
  | 'keys'
  /** An op found something else than it was made for. */
  | 'op'

/** One decision that a merge took. A value that is undefined is absent. */
export interface MergeConflict {
  /** An element of a plain array is named by its index in the base. */
  readonly path: Path
  readonly kind: ConflictKind
  readonly base: unknown
  /** Of the side that is merged: the later one. */
  readonly ours: unknown
  /** Of the side that was stored before. */
  readonly theirs: unknown
  /** The name of the policy that decided. */
  readonly policy: string
  readonly result: unknown
  /** Whose value the result leaves out, because it is the other's. */
  readonly lost: 'ours' | 'theirs' | 'none'
}

/** A place where a decision is due. */
export interface OpenConflict extends Pick<MergeConflict, 'path' | 'kind' | 'base' | 'ours' | 'theirs'> {
  /** The side whose write or delete an edit inside the old value ran into; undefined when it is not that. */
  readonly written?: 'ours' | 'theirs'
  /** What it means that a side wins, when that is not just its value. */
  readonly resultOf?: (winner: 'ours' | 'theirs') => unknown
}

/**
 * The default policy (merge rule 17): of two writes the later one stands, which is ours; of a write or delete and an edit
 * inside the old value the write or delete stands, whose ever it is, because the target of the edit is gone.
 */
export function decideByLastWriter(conflict: OpenConflict): MergeConflict {
  const { path, kind, base, ours, theirs, written: winner = 'ours', resultOf } = conflict
  const result = resultOf ? resultOf(winner) : conflict[winner]
  const lost = winner === 'ours' ? 'theirs' : 'ours'
  return { path, kind, base, ours, theirs, policy: 'lastWriter', result, lost }
}
