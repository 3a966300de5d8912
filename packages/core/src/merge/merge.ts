import { makeDiff } from '../diff/diff.ts'
import { applyDiff } from '../diff/apply.ts'
import { countedOperations } from '../draft/counted-operations.ts'
import type { Recorded } from '../draft/record.ts'
import type { State } from '../value/plain-data.ts'
import type { MergeConflict } from './conflict.ts'
import { Decisions } from './decisions.ts'
import { mergeValue } from './merge-value.ts'
import { type PolicyPlace, noPolicies } from './policy-table.ts'
import { putBack } from './put-back.ts'
import { reconcile } from './reconcile.ts'
import { redo } from './redo.ts'

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
 * Theirs with the changes of ours (merge rules 15 to 36). Only the committer merges: everybody else folds the diff of
 * theirs to the result. A result that loses again is thrown away, and ours is merged anew from its own base.
 * @throws ConflictError when a `reject()` policy guards what both changed, PolicyError and InvalidStateError when a
 * function among the policies fails.
 */
export function merge({ base, ours, theirs }: MergeInput, policies: PolicyPlace = noPolicies): Merged {
  const known = theirs.newValues ? { ...theirs, newValues: theirs.newValues } : reconcile(base, theirs.state, policies)
  const decisions = new Decisions()
  const { ops } = ours
  // Ops are taken out of ours, and done again to what the rest comes to (rule 36).
  const plain = ops.length > 0 ? putBack(base, ours, ops) : ours
  const merged = mergeValue(
    { path: [], policies, isIdentified: true },
    { base, ours: plain.state, theirs: known.state },
    { newInOurs: plain.newValues, newInTheirs: known.newValues, decisions },
  )
  const sides = { base, ours: ours.state, theirs: known.state }
  const redone =
    ops.length > 0 ? redo(merged, ops, sides, { policies, decisions, newValues: plain.newValues }) : undefined
  decisions.mustBeAccepted()
  const hint = { type: 'new', values: redone?.newValues ?? plain.newValues, declared: policies } as const
  const diff = makeDiff(known.state, redone?.state ?? merged, hint)
  const folded = diff ? applyDiff(diff, known.state) : undefined
  redone?.announce(folded?.state ?? known.state)
  const { conflicts } = decisions
  if (diff === undefined || folded === undefined) return { recorded: undefined, conflicts }
  return { recorded: { diff, ...folded, ops: countedOperations(known.state, folded.state, ops) }, conflicts }
}
