import type { Attributes } from '@opentelemetry/api'
import { type ScopeKey, type TracedOperation, parseDocumentKey } from '@scopes/core'

/** What is told of an operation in every span and metric. */
export interface OperationFacts {
  /** The scope, where the operation is about one. */
  readonly key: ScopeKey | undefined
  /** Of few values each: for metrics, too. */
  readonly attributes: Attributes
}

/** What the attributes of a scope are in every span and metric. */
export function scopeAttributes(key: Pick<ScopeKey, 'application' | 'kind'> | undefined): Attributes {
  return key ? { 'scopes.application': key.application, 'scopes.kind': key.kind } : {}
}

/** What a span and the metrics say of an operation when it begins. */
export function operationFacts(operation: TracedOperation): OperationFacts {
  switch (operation.type) {
    case 'open':
    case 'commit':
    case 'touch':
    case 'end':
    case 'rotate':
      return { key: operation.key, attributes: scopeAttributes(operation.key) }
    case 'end-all':
      return { key: undefined, attributes: { ...scopeAttributes(operation), 'scopes.index': operation.index } }
    case 'lock':
      return lockFacts(operation.lock, operation.lockType)
    case 'deliver': {
      const key = parseDocumentKey(operation.documentKey)
      return { key, attributes: { ...scopeAttributes(key), 'scopes.end.reason': operation.reason } }
    }
    default:
      return operation satisfies never
  }
}

/** The lock of a scope is told by its kind; that of a name only as such: the name may be in a span, but is one of many. */
export function lockFacts(lock: string, type: 'exclusive' | 'readonly'): OperationFacts {
  const key = lock.startsWith('lock:s:') ? parseDocumentKey(lock.slice('lock:s:'.length)) : undefined
  return { key, attributes: { ...scopeAttributes(key), 'scopes.lock.type': type } }
}
