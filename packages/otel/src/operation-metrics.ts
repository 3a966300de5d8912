import type { TracedOperation } from '@scopes/core'
import type { Ended } from './failure.ts'
import type { Instruments } from './instruments.ts'
import { operationFacts } from './operation-facts.ts'
import { resultAttributes } from './result-attributes.ts'

/** What is measured of an operation that has ended. Locks are measured by their own channel, which knows waiting from holding. */
export function recordOperation(instruments: Instruments, operation: TracedOperation & Ended, seconds: number): void {
  const { error } = resultAttributes(operation)
  const attributes = { ...operationFacts(operation).attributes, ...(error !== undefined && { 'error.type': error }) }
  switch (operation.type) {
    case 'open':
      return instruments.record('scopes.open.duration', seconds, attributes)
    case 'commit':
      return instruments.record('scopes.commit.duration', seconds, attributes)
    case 'touch': {
      const outcome = error === undefined ? (operation.result === true ? 'sent' : 'coalesced') : 'failed'
      return instruments.record('scopes.renewal', 1, { ...attributes, 'scopes.renewal.outcome': outcome })
    }
    case 'end':
      return instruments.record('scopes.end.duration', seconds, attributes)
    case 'end-all':
      return instruments.record('scopes.end_all.duration', seconds, attributes)
    case 'rotate':
      return instruments.record('scopes.rotate.duration', seconds, attributes)
    case 'deliver':
      return instruments.record('scopes.deliver.duration', seconds, attributes)
    case 'lock':
      return
    default:
      operation satisfies never
  }
}
