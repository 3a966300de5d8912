import type { Attributes } from '@opentelemetry/api'
import type { Committed, TracedOperation } from '@scopes/core'
import { type Ended, errorType, outcomeOf } from './failure.ts'

/** How an operation has ended, in the words of attributes. */
export interface OperationResult {
  readonly attributes: Attributes
  /** Its `error.type`, which is among the attributes. */
  readonly error: string | undefined
}

/** What the span says of an operation when it has ended. */
export function resultAttributes(operation: TracedOperation & Ended): OperationResult {
  if ('error' in operation) return failed(operation.error)
  switch (operation.type) {
    case 'commit':
      return succeeded(committedAttributes(operation.result as Committed))
    case 'touch':
      return succeeded({ 'scopes.renewed': operation.result === true })
    case 'end-all':
      return succeeded({ 'scopes.ended': Number(operation.result) })
    case 'deliver': {
      const { type, error } = operation.result as { readonly type: string; readonly error?: unknown }
      if (type === 'failed') return failed(error)
      return succeeded({ 'scopes.delivery.outcome': type })
    }
    case 'open':
    case 'end':
    case 'rotate':
    case 'lock':
      return succeeded({})
    default:
      return operation satisfies never
  }
}

function committedAttributes({ version, commitId, attempts, merged }: Committed): Attributes {
  const attributes: Attributes = {
    'scopes.version': version,
    'scopes.commit.attempts': attempts,
    'scopes.commit.merged': merged,
  }
  if (commitId !== undefined) attributes['scopes.commit.id'] = commitId
  return attributes
}

function succeeded(attributes: Attributes): OperationResult {
  return { attributes, error: undefined }
}

function failed(cause: unknown): OperationResult {
  const error = errorType(cause)
  const outcome = outcomeOf(cause)
  return { attributes: { 'error.type': error, ...(outcome && { 'scopes.outcome': outcome }) }, error }
}
