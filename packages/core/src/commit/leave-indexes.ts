import { indexValuesOf } from '../definition/indexes.ts'
import { showEnd } from '../definition/shown-document.ts'
import { diagnostics } from '../diagnostics.ts'
import type { EndedDocument } from '../document/scope-document.ts'
import type { CommitTarget } from './commit-target.ts'
import type { View } from './commit-state.ts'

/** After an end: as `leaveIndexes`, unless the end waits for its handlers, for then it is part of the delivery. */
export async function leaveUnlessPending(target: CommitTarget, view: View): Promise<void> {
  if (view?.document.type !== 'ended' || view.document.delivery.type === 'pending') return
  await leaveIndexes(target, view.document)
}

/**
 * Afterwards no index names the scope whose end marker this is, as far as its final state tells. Never rejects: what stays is
 * found to have ended by whoever reads the index next, and goes with it.
 */
export async function leaveIndexes(target: CommitTarget, marker: EndedDocument): Promise<void> {
  const { indexing, definition, documentKey, key } = target
  if (definition.indexes.length === 0) return
  const { state, life } = showEnd(marker, definition.versions)
  if (state === undefined) return
  try {
    await indexing.leave(indexValuesOf(definition.indexes, state), { key, life })
  } catch (error) {
    diagnostics.backgroundFailed.publish({ documentKey, what: 'index', error })
  }
}
