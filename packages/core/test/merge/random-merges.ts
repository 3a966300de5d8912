import fc from 'fast-check'
import { applyDiff, foldDiffs } from '../../src/diff/apply.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { ConflictError } from '../../src/errors.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import type { MergePolicy } from '../../src/merge/policy.ts'
import { type PolicyPlace, compilePolicies } from '../../src/merge/policy-table.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { type RandomEdit, randomEdit, randomState, runEdit } from '../diff/random-edits.ts'
import { type PolicyMaker, randomPolicies } from './random-policies.ts'

/** A merge to be: ours and theirs recorded under the same policies. */
export interface RandomMerge {
  readonly policies: PolicyPlace
  readonly base: State
  readonly ours: Recorded
  /** Of the commits of theirs, in sequence. */
  readonly diffs: readonly unknown[]
  readonly theirs: State
}

/** What is needed to make a merge, anew each time. */
export interface MergeRecipe {
  readonly make: () => Record<string, unknown>
  readonly ours: RandomEdit
  readonly theirs: readonly RandomEdit[]
  readonly policies: Readonly<Record<string, MergePolicy>>
}

/** Merges under policies of this kind. */
export function randomMerges(maker: PolicyMaker): fc.Arbitrary<MergeRecipe> {
  return fc.record({
    make: randomState,
    ours: randomEdit,
    theirs: fc.array(randomEdit, { minLength: 1, maxLength: 2 }),
    policies: randomPolicies(maker),
  })
}

/** The merge that the recipe stands for. A run whose ours changes nothing is left out. */
export function mergeOf({ make, ours: edit, theirs: edits, policies }: MergeRecipe): RandomMerge {
  const table = compilePolicies(policies)
  const base = captureRoot(make())
  const ours = record(base, draft => runEdit(draft, edit), table)
  fc.pre(ours !== undefined)
  const diffs: unknown[] = []
  let theirs = base
  for (const other of edits) {
    const commit = record(theirs, draft => runEdit(draft, other), table)
    if (commit === undefined) continue
    diffs.push(commit.diff)
    theirs = commit.state
  }
  return { policies: table, base, ours, diffs, theirs }
}

/** What the merge comes to; undefined when a policy rejects it. */
export function run({ policies, base, ours, diffs }: RandomMerge): Merged | undefined {
  try {
    return merge({ base, ours, theirs: foldDiffs(diffs, base) }, policies)
  } catch (error) {
    if (error instanceof ConflictError && error.rejected.length > 0) return undefined
    throw error
  }
}

/** The state that is stored after the merge. */
export function stored({ recorded }: Merged, { base, diffs }: RandomMerge): State {
  const { state } = foldDiffs(diffs, base)
  return recorded ? applyDiff(recorded.diff, state).state : state
}

/** Every leaf in the value, as text. */
export function leaves(value: unknown): string[] {
  if (value instanceof Map) return [...value].flatMap(entry => leaves(entry))
  if (value instanceof Set || Array.isArray(value)) return [...(value as Iterable<unknown>)].flatMap(leaves)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) {
    return [orderedText(value)]
  }
  return Object.values(value).flatMap(leaves)
}
