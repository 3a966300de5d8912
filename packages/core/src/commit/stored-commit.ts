import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { StoredState } from '../definition/shown-document.ts'
import { applyDiff, noNewValues } from '../diff/apply.ts'
import { type Diff, makeDiff } from '../diff/diff.ts'
import { schemaVersionOf } from '../document/schema-version-of.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import { type Operation, noOperations } from '../draft/operation.ts'
import type { Recorded } from '../draft/record.ts'
import { InvalidStateError, UnreadableDocumentError } from '../errors.ts'
import { reconcile } from '../merge/reconcile.ts'
import type { State } from '../value/plain-data.ts'

/** A commit in the shape in which it is stored. */
export interface StoredCommit extends StoredState {
  /** Undefined: only the schema version changes. */
  readonly diff: Diff | undefined
  /** None where the state is stored in another shape than the one in which the ops name their places. */
  readonly ops: readonly Operation[]
  readonly newValues: ReadonlySet<object>
  /** What every process of this schema version reads once it is stored. */
  readonly value: State
}

/** The newest state of the document as it is stored. */
export function storedState(document: LiveDocument): StoredState {
  return { state: document.state, schemaVersion: schemaVersionOf(document) }
}

/**
 * What is written for a draft of this process on `before`, or with undefined as a creation: what it recorded, where that
 * is of the current schema version. Else the diff to the new state in the shape that is written, which costs O(state): it
 * contains the upcast, once, or with `downcast` the way there and back, at each commit. A document never goes back to an
 * older schema version. Undefined when nothing changes in that shape.
 * @throws InvalidStateError when a downcast fails, or what it made cannot be upcast again.
 */
export function storedCommit(
  { versions, policies }: ScopeDefinition,
  recorded: Recorded,
  before: StoredState | undefined,
): StoredCommit | undefined {
  const { current, written } = versions
  const { diff, ops, state, newValues } = recorded
  if ((before?.schemaVersion ?? written) === current) {
    return { diff, ops, state, newValues, schemaVersion: current, value: state }
  }
  if (before === undefined) {
    const created = versions.downcast(state, written)
    const value = shownAgain(created, written, versions)
    const whole = { diff: [0, created], state: created, newValues: new Set([created]) } as const
    return { ...whole, ops: noOperations, schemaVersion: written, value }
  }
  const schemaVersion = Math.max(before.schemaVersion, written)
  const next = nextState(recorded, before, schemaVersion, versions)
  // Policies are declared for places of the current shape.
  const declared = schemaVersion === current ? policies : undefined
  const change = makeDiff(before.state, next.state, { type: 'new', values: next.newValues, declared })
  if (change === undefined && schemaVersion === before.schemaVersion) return undefined
  const folded = change ? applyDiff(change, before.state) : { state: before.state, newValues: noNewValues }
  return {
    ...folded,
    diff: change,
    ops: schemaVersion === current ? ops : noOperations,
    schemaVersion,
    value: shownAgain(folded.state, schemaVersion, versions),
  }
}

/**
 * A commit that changes nothing of `state`, which is stored as `before`; undefined: it is not stored yet, so all of it is written.
 * @throws what `storedCommit` throws
 */
export function unchanged(definition: ScopeDefinition, state: State, before: StoredState | undefined): StoredCommit {
  if (before) return { ...before, diff: undefined, ops: noOperations, newValues: noNewValues, value: state }
  const whole: Recorded = { diff: [0, state], state, newValues: new Set([state]), ops: noOperations }
  const stored = storedCommit(definition, whole, undefined)
  if (stored === undefined) throw new Error('A creation is never empty.')
  return stored
}

/** The new state in the shape that is written; what is as before is the same object. */
function nextState(
  { diff }: Recorded,
  { state, schemaVersion: from }: StoredState,
  to: number,
  versions: ScopeDefinition['versions'],
): Pick<StoredCommit, 'state' | 'newValues'> {
  // Not the recorded state: its base may have been decoded apart, and shares nothing with this one.
  const shown = applyDiff(diff, versions.upcast(state, from))
  return to === versions.current ? shown : reconcile(state, versions.downcast(shown.state, to))
}

/** What was brought into an older shape, as it will be read. */
function shownAgain(state: State, from: number, versions: ScopeDefinition['versions']): State {
  try {
    return versions.upcast(state, from)
  } catch (cause) {
    if (!(cause instanceof UnreadableDocumentError)) throw cause
    throw new InvalidStateError(`What downcast makes cannot be read again. ${cause.message}`, { path: [], cause })
  }
}
