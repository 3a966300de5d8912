import {
  ConflictError,
  ScopeEndedError,
  ScopesError,
  StoreUnavailableError,
  UnreadableDocumentError,
  type WriteOutcome,
} from '../errors.ts'
import type { View } from './commit-state.ts'
import type { WriteTarget } from './commit-target.ts'
import type { WriteResult } from './write.ts'

/** What the caller of a write that did not succeed is told. */
export function writeError(target: WriteTarget, result: WriteResult): ScopesError {
  const { verdict, attempts, lastView, lastError } = result
  const outcome = 'outcome' in verdict ? verdict.outcome : 'none'
  if (verdict.type === 'ended') return endedError(target, lastView, outcome)
  if (outcome === 'unknown') {
    return new StoreUnavailableError(
      `Nobody can say whether the commit to ${target.documentKey} was stored or still will be: the store did not answer in time. Open the scope and look before you do it again.`,
      { outcome, cause: lastError },
    )
  }
  if (verdict.type === 'given-up') return conflictError(target, attempts)
  if (lastError instanceof UnreadableDocumentError) {
    const { message, key } = lastError
    return new UnreadableDocumentError(message, { key, cause: lastError, outcome: 'none' })
  }
  // The last error may be that of a load, or of an earlier try: then its outcome is not that of the write.
  if (lastError instanceof ScopesError && lastError.outcome !== 'unknown') return lastError
  return new StoreUnavailableError(
    `The store failed to write ${target.documentKey}; nothing was written. The cause says why.`,
    { cause: lastError },
  )
}

/** The scope is over, with what its end marker says of it. */
export function endedError({ documentKey }: WriteTarget, view: View, outcome: WriteOutcome): ScopeEndedError {
  const marker = view?.document.type === 'ended' ? view.document : undefined
  const how = marker ? { reason: marker.reason, detail: marker.detail } : {}
  const rotated = marker?.reason === 'rotated' ? ' Its id was rotated.' : ''
  return new ScopeEndedError(
    `The scope ${documentKey} has ended; nothing was written to another life of it.${rotated} Open it anew, or let the visitor log in.`,
    {
      outcome,
      ...how,
    },
  )
}

/** The caller gave the commit up before it was sent. */
export function abortedError({ documentKey }: WriteTarget, { reason }: AbortSignal): StoreUnavailableError {
  return new StoreUnavailableError(`The commit to ${documentKey} was aborted by its signal before it was written.`, {
    cause: reason,
  })
}

/** Others were faster each time. */
export function conflictError({ documentKey }: WriteTarget, attempts: number): ConflictError {
  return new ConflictError(
    `Others changed ${documentKey} in each of ${attempts} attempts; nothing was written. Try again later, with more attempts, or change it in fewer places at once.`,
    {
      attempts,
    },
  )
}
