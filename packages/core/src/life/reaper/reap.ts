import { DocumentTarget, type DocumentTargetParts } from '../../commit/document-target.ts'
import { EndWriter } from '../../commit/end-writer.ts'
import type { View } from '../../commit/commit-state.ts'
import { write } from '../../commit/write.ts'
import { writeError } from '../../commit/write-error.ts'
import { isOverdue } from '../../definition/lifetime.ts'
import type { LiveDocument } from '../../document/scope-document.ts'
import { isUndecided } from './undecided.ts'

/** The most requests for one end. */
const endAttempts = 64

/** What has become of a scope whose deadline seemed to have passed. */
export interface Reaped {
  /** What is there now. */
  readonly view: View
  /** As it was last seen alive. */
  readonly last: LiveDocument | undefined
}

/**
 * Ends the scope under this key if its deadline has passed, by the token of the look that shows it: a renewal or a commit of
 * the last moment wins (lease protocol N4). Rejects with what kept it from being ended.
 */
export async function reap(documentKey: string, parts: DocumentTargetParts): Promise<Reaped> {
  const target = new DocumentTarget(documentKey, parts)
  const view = await target.load()
  const last = view?.document.type === 'live' ? view.document : undefined
  if (!last || !isOverdue(last.deadline, parts.clock.now()) || (await isUndecided(last, target))) return { view, last }
  const limits = { attempts: endAttempts, timeoutMs: parts.timeoutMs }
  const end = new EndWriter(target, { reason: 'expired' }, undefined)
  const result = await write(target, end, limits)
  end.tell(result.verdict)
  const { type } = result.verdict
  if (type === 'given-up' || type === 'failed') throw writeError(target, result)
  return { view: target.copy, last: target.lastLiving }
}
