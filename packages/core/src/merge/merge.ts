import { makeDiff } from '../diff/diff.ts'
import { applyDiff } from '../diff/apply.ts'
import type { Recorded } from '../draft/record.ts'
import type { State } from '../value/plain-data.ts'
import type { MergeConflict } from './conflict.ts'
import { Decisions } from './decisions.ts'
import { mergeValue } from './merge-value.ts'
import { type PolicyPlace, noPolicies } from './policy-table.ts'
import { reconcile } from './reconcile.ts'

/** The three states of a merge. */
export interface MergeInput {
  /** Where both sides began. */
  readonly base: State
  /** The side that comes later: what a draft of the base recorded. */
  readonly ours: Recorded
  /**
   * The side that is stored: the base with the commits since folded into it (`foldDiffs`), so that what they left alone
   * is the same object. `newValues` undefined: there are no such commits any more, and the state was decoded.
   */
  readonly theirs: { readonly state: State; readonly newValues: ReadonlySet<object> | undefined }
}

/** What a merge gives. */
export interface Merged {
  /** What is to be committed on theirs; undefined when nothing is left to do. */
  readonly recorded: Recorded | undefined
  readonly conflicts: readonly MergeConflict[]
}

/**
 * Theirs with the changes of ours (merge rules 15 to 33). Only the committer merges: everybody else folds the diff of
 * theirs to the result. A result that loses again is thrown away, and ours is merged anew from its own base.
 * @throws ConflictError when a `reject()` policy guards what both changed, PolicyError and InvalidStateError when a
 * function among the policies fails.
 */
export function merge({ base, ours, theirs }: MergeInput, policies: PolicyPlace = noPolicies): Merged {
  const known = theirs.newValues ? { ...theirs, newValues: theirs.newValues } : reconcile(base, theirs.state)
  const decisions = new Decisions()
  const result = mergeValue(
    { path: [], policies, isIdentified: true },
    { base, ours: ours.state, theirs: known.state },
    { newInOurs: ours.newValues, newInTheirs: known.newValues, decisions },
  )
  decisions.mustBeAccepted()
  const diff = makeDiff(known.state, result, { type: 'new', values: ours.newValues })
  return { recorded: diff && { diff, ...applyDiff(diff, known.state) }, conflicts: decisions.conflicts }
}
