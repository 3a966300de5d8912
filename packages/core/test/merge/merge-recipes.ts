import { foldDiffs } from '../../src/diff/apply.ts'
import { record } from '../../src/draft/record.ts'
import type { MergeConflict } from '../../src/merge/conflict.ts'
import { merge } from '../../src/merge/merge.ts'
import type { MergePolicy } from '../../src/merge/policy.ts'
import { compilePolicies } from '../../src/merge/policy-table.ts'
import { captureRoot } from '../../src/value/plain-data.ts'

/** Changes a draft whose shape the test knows. */
export type Recipe = (draft: never) => unknown

/** Three states, as recipes on a base. */
export interface MergeSetup {
  readonly base: object
  readonly ours: Recipe
  /** One or more commits. */
  readonly theirs: Recipe | readonly Recipe[]
  readonly policies?: Readonly<Record<string, MergePolicy>>
  /** Theirs is known as a decoded state only. */
  readonly isHistoryGone?: boolean
}

/** What is stored after ours was merged, and what was announced. */
export function mergeRecipes({ base, ours, theirs, policies = {}, isHistoryGone = false }: MergeSetup): {
  readonly value: unknown
  readonly conflicts: readonly MergeConflict[]
} {
  const table = compilePolicies(policies)
  const begin = captureRoot(base)
  const recorded = record(begin, ours, table)
  if (recorded === undefined) throw new Error('ours must change something')
  const diffs: unknown[] = []
  let state = begin
  for (const recipe of typeof theirs === 'function' ? [theirs] : theirs) {
    const commit = record(state, recipe, table)
    if (commit === undefined) throw new Error('each of theirs must change something')
    diffs.push(commit.diff)
    ;({ state } = commit)
  }
  const known = isHistoryGone
    ? { state: captureRoot(structuredClone(state)), newValues: undefined }
    : foldDiffs(diffs, begin)
  const merged = merge({ base: begin, ours: recorded, theirs: known }, table)
  return { value: merged.recorded?.state ?? state, conflicts: merged.conflicts }
}

/** A recipe that assigns these properties of the root; undefined deletes. */
export function write(properties: object): Recipe {
  return draft => {
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined) Reflect.deleteProperty(draft, key)
      else Reflect.set(draft, key, structuredClone(value))
    }
  }
}

/** What the merge is refused with. */
export function refusalOf(setup: MergeSetup): unknown {
  try {
    mergeRecipes(setup)
  } catch (error) {
    return error
  }
  throw new Error('the merge must be refused')
}
