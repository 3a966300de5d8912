import { foldDiffs } from '../diff/apply.ts'
import type { Diff } from '../diff/diff.ts'
import { newValuesSince } from '../diff/new-values.ts'
import { idAt } from '../document/commit-ids.ts'
import type { State } from '../value/plain-data.ts'
import type { ShownCommit, ShownDocument } from '../definition/shown-document.ts'
import type { CommitId } from '../document/scope-document.ts'
import type { Recorded } from '../draft/record.ts'
import { UnreadableDocumentError } from '../errors.ts'
import { merge } from '../merge/merge.ts'
import type { PolicyPlace } from '../merge/policy-table.ts'
import type { ComposeBase, Computed } from './pending-commit.ts'

/** Where a draft began. */
export interface DraftBase {
  readonly state: State
  /** 0 when nothing was stored. */
  readonly version: number
  readonly commitId: CommitId | undefined
}

/**
 * What a draft recorded, on the state as it is now: as it is when nothing has changed, else three-way merged.
 * @throws what `merge` throws.
 */
export function computeDraft(
  {
    base,
    recorded,
    policies,
  }: { readonly base: DraftBase; readonly recorded: Recorded; readonly policies: PolicyPlace },
  on: ComposeBase,
): Computed {
  const baseVersion = base.version
  if (isUnchanged(base, on)) return { recorded, baseVersion, isMerged: false, conflicts: [] }
  const { recorded: merged, conflicts } = merge(
    { base: base.state, ours: recorded, theirs: theirsSince(base, on) },
    policies,
  )
  return { recorded: merged, baseVersion, isMerged: true, conflicts }
}

/** Nothing was committed since the draft began. */
export function isUnchanged(base: DraftBase, { state, commitId }: ComposeBase): boolean {
  return state === base.state || commitId === base.commitId
}

/** The other side with the containers that it put in as new values; undefined where the history is gone (merge rule 38). */
function theirsSince(
  base: DraftBase,
  { state, document, preceding }: ComposeBase,
): { readonly state: State; readonly newValues: ReadonlySet<object> | undefined } {
  const begin = document && stateAt(document, base)
  if (document === undefined || begin === undefined) return { state, newValues: undefined }
  const since = [...document.tail.filter(({ version }) => version > base.version), ...preceding]
  if (begin === base.state && since.every(isFolded)) return { state, newValues: newValuesSince(base.state, since) }
  // The document was decoded, or upcast, apart from the draft's base: folded onto the base its states share references with it.
  const diffs = diffsOf(since)
  return diffs ? foldDiffs(diffs, base.state) : { state, newValues: undefined }
}

/** Undefined where a state in between cannot be shown: that history is gone. */
function diffsOf(since: readonly ShownCommit[]): readonly Diff[] | undefined {
  try {
    return since.flatMap(({ diff }) => (diff ? [diff] : []))
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return undefined
    throw error
  }
}

/** The state of the draft's base as the document holds it, when its frames reach back so far. */
function stateAt(document: ShownDocument, { version, commitId }: DraftBase): State | undefined {
  if (version < document.snapshotVersion || idAt(document, version) !== commitId) return undefined
  if (version === document.snapshotVersion) return document.snapshotState
  return document.tail.find(record => record.version === version)?.state
}

/** The commit is one step of a chain of states, with what it put in as new. */
function isFolded(commit: ShownCommit): commit is ShownCommit & { readonly newValues: ReadonlySet<object> } {
  return commit.newValues !== undefined
}
