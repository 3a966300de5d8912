import { DocumentTarget, type DocumentTargetParts } from '../../commit/document-target.ts'
import { EndWriter } from '../../commit/end-writer.ts'
import type { View } from '../../commit/commit-state.ts'
import { write } from '../../commit/write.ts'
import { writeError } from '../../commit/write-error.ts'
import { isOverdue } from '../../definition/lifetime.ts'

/** The most requests for one end. */
const endAttempts = 64

/**
 * Ends the scope under this key if its deadline has passed, by the token of the look that shows it: a renewal or a commit of
 * the last moment wins (lease protocol N4). @returns what is there afterwards. Rejects with what kept it from being ended.
 */
export async function reap(documentKey: string, parts: DocumentTargetParts): Promise<View> {
  const target = new DocumentTarget(documentKey, parts)
  const view = await target.load()
  if (view?.document.type !== 'live' || !isOverdue(view.document.deadline, parts.clock.now())) return view
  // The copy of a rotation that was cut off is known to nobody and goes by itself (commit protocol §6, `provisional`).
  if (view.document.facts.isProvisional) return undefined
  const limits = { attempts: endAttempts, timeoutMs: parts.timeoutMs }
  const result = await write(target, new EndWriter(target, { reason: 'expired' }, undefined), limits)
  const { type } = result.verdict
  if (type === 'given-up' || type === 'failed') throw writeError(target, result)
  return target.copy
}
