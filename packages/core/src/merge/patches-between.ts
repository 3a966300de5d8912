import { makeDiff } from '../diff/diff.ts'
import { type Patch, toPatches } from '../diff/patches.ts'
import type { State } from '../value/plain-data.ts'
import { reconcile } from './reconcile.ts'

/**
 * What makes `after` of `before`, to be applied in sequence to `before`: of two states of a scope that are versions apart, or of
 * two scopes; the order of properties apart, which patches do not tell. Nobody says which objects are the same ones, so lists are aligned by what their elements hold.
 */
export function patchesBetween(before: State, after: State): readonly Patch[] {
  const { state, newValues } = reconcile(before, after)
  return toPatches(makeDiff(before, state, { type: 'new', values: newValues }), before)
}
