import type { StoredState } from '../definition/shown-document.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import { record } from '../draft/record.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitTarget } from './commit-target.ts'
import { showTarget } from './show-target.ts'
import { storedCommit, storedState } from './stored-commit.ts'

/** Which properties of the state a rotation moves to the new id. */
export interface RotateSelection {
  readonly type: 'keep' | 'drop'
  readonly keys: ReadonlySet<string>
}

/** What the new document of a rotation holds. */
export interface RotatedState extends StoredState {
  /** As this process reads it. */
  readonly value: State
}

/**
 * What the new document of a rotation holds. A property that is not moved is there as `initial()` makes it, or not at all.
 * @throws UnreadableDocumentError for a document that this process cannot show: it does not move it either.
 * @throws InvalidStateError when what is left is not as the schema says.
 */
export function rotatedState(
  target: CommitTarget,
  document: LiveDocument,
  selection: RotateSelection | undefined,
): RotatedState {
  const { definition } = target
  const shown = showTarget(target, document)
  const stored = storedState(document)
  if (selection === undefined) return { ...stored, value: shown.state }
  const recorded = record(shown.state, draft => begin(draft, selection, definition.initialState()))
  const moved = recorded && storedCommit(definition, recorded, stored)
  if (moved === undefined) return { ...stored, value: shown.state }
  definition.checkState(moved.value)
  return { state: moved.state, schemaVersion: moved.schemaVersion, value: moved.value }
}

function begin(draft: Record<string, unknown>, { type, keys }: RotateSelection, initial: State): void {
  for (const key of new Set([...Object.keys(draft), ...Object.keys(initial)])) {
    if (keys.has(key) === (type === 'keep')) continue
    if (Object.hasOwn(initial, key)) draft[key] = initial[key]
    else delete draft[key]
  }
}
