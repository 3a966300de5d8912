import type { ComposeBase, Computed } from '../commit/pending-commit.ts'
import { checkOptions } from '../definition/check-options.ts'
import { type LifetimeOptions, ownLifetime } from '../definition/own-lifetime.ts'
import { type Change, makeChange } from '../diff/change.ts'
import { merge } from '../merge/merge.ts'
import { reconcile } from '../merge/reconcile.ts'
import { deepEqual } from '../value/equal.ts'
import { type Immutable, type State, captureRoot } from '../value/plain-data.ts'
import type { CommitIntent } from './commit-intent.ts'
import { withCommonBeginnings } from './common-beginnings.ts'
import type { ScopeState } from './scope-state.ts'

/** A value that was handed out and has come back changed, by somebody who had no draft. */
export interface ValueChange<S extends object> {
  /** What was handed out, as it was then. */
  readonly base: Immutable<S>
  /** The version of the scope then; told as where the change began. */
  readonly version?: number
  /** What it has become. */
  readonly next: Immutable<S>
  /** A lifetime of the scope's own from this commit on, as with `setLifetime`. */
  readonly lifetime?: LifetimeOptions | undefined
  readonly signal?: AbortSignal
}

const options: ReadonlySet<string> = new Set(['base', 'version', 'next', 'lifetime', 'signal'])

/**
 * The commit of what makes `next` of `base`, merged into the state as it is then. Both sides are known by their values alone
 * (merge rule 38): the history since the base is not asked, for nobody says that it ever was a version.
 */
export function valueIntent<S extends object>({ definition }: ScopeState, change: ValueChange<S>): CommitIntent {
  checkOptions('commitValue', change, options)
  const { policies } = definition
  const given = captureRoot(change.base)
  const next = captureRoot(change.next)
  const changedSince = (base: State): Change | undefined => {
    const { state, newValues } = reconcile(base, next, policies)
    return makeChange(base, state, { type: 'new', values: newValues, declared: policies })
  }
  const changed = changedSince(given)
  const compute = (on: ComposeBase): Computed | undefined => {
    if (changed === undefined) return undefined
    const begun = withCommonBeginnings(given, next, on.state, policies)
    const base = begun === given ? given : captureRoot(begun)
    const ours = base === given ? changed : changedSince(base)
    if (ours === undefined) return undefined
    const theirs = { state: on.state, newValues: undefined }
    const merged = merge({ base, ours: { ...ours, ops: [] }, theirs }, policies)
    const isMerged = !deepEqual(given, on.state)
    return { ...merged, baseVersion: isMerged ? (change.version ?? on.version) : on.version, isMerged }
  }
  const { lifetime, signal } = change
  return { signal, lifetime: lifetime && { own: ownLifetime(definition, lifetime) }, compute }
}
