import type { StoredDocument } from '../bucket/document.ts'
import type { Written } from '../bucket/vbucket.ts'
import { FEATURE } from '../wire/feature.ts'
import type { Answer } from '../wire/response.ts'
import { STATUS } from '../wire/status.ts'
import type { DocumentCall } from './document-operation.ts'
import type { Session } from './session.ts'

/** What stands against changing the document with the CAS of the request: a lock, or another CAS. */
export function casRefusal({ vbucket, request, id }: DocumentCall, document: StoredDocument): Answer | undefined {
  const lock = vbucket.lockOf(id)
  if (lock) return lock.cas === request.cas ? undefined : { status: STATUS.locked }
  return request.cas === 0n || request.cas === document.cas ? undefined : { status: STATUS.exists }
}

/** What stands against the durability asked for. */
export function durabilityRefusal({ infos, bucket, node }: DocumentCall): Answer | undefined {
  if (infos.durability === undefined) return undefined
  if (bucket.isEphemeral && infos.durability > 1) return { status: STATUS.durabilityInvalidLevel }
  const copies = 1 + Math.min(bucket.replicas, node.nodes - 1)
  const majority = Math.floor((bucket.replicas + 1) / 2) + 1
  return copies < majority ? { status: STATUS.durabilityImpossible } : undefined
}

/** The answer to a write: the new CAS, and its token when the session asked for tokens: vbucket uuid u64, seqno u64. */
export function writtenAnswer({ document, token }: Written, { features }: Session, value?: Buffer): Answer {
  const { cas } = document
  if (!features.has(FEATURE.mutationToken)) return { status: STATUS.success, cas, ...(value && { value }) }
  const extras = Buffer.allocUnsafe(16)
  extras.writeBigUInt64BE(token.uuid)
  extras.writeBigUInt64BE(token.seqno, 8)
  return value ? { status: STATUS.success, cas, extras, value } : { status: STATUS.success, cas, extras }
}
