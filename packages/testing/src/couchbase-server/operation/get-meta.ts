import { isExpired, type StoredDocument } from '../bucket/document.ts'
import { refuse } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, type DocumentCall } from './document-operation.ts'
import { LOCKED_CAS } from './get.ts'
import type { Operation } from './operation.ts'

/**
 * GET_META, also of a tombstone: extras of the answer = deleted u32, flags u32, expiry u32, revision u64, and when asked
 * with extras 02 the datatype u8. A document whose end has passed is told as deleted, and not expired by it.
 */
export const getMeta: Operation = documentOperation({
  name: 'GET_META',
  shape: { extras: [0, 1] },
  privileges: ['Read'],
  run: ({ request, vbucket, node, id }) => {
    const wish = request.extras[0] ?? 1
    if (wish !== 1 && wish !== 2) return refuse(STATUS.invalid, 'Request extras invalid')
    const document = vbucket.peek(id)
    if (!document) return { status: STATUS.notFound }
    const extras = Buffer.alloc(wish === 2 ? 21 : 20)
    extras.writeUInt32BE(document.deletion || isExpired(document, node.clock.nowSeconds()) ? 1 : 0)
    extras.writeUInt32BE(document.flags, 4)
    extras.writeUInt32BE(expiryOf(document, vbucket), 8)
    extras.writeBigUInt64BE(BigInt(document.revision), 12)
    if (wish === 2) extras[20] = document.datatype
    return { status: STATUS.success, cas: vbucket.lockOf(id) ? LOCKED_CAS : document.cas, extras }
  },
})

/** On disk a tombstone has the time of the deletion in place of the expiry. */
function expiryOf(document: StoredDocument, vbucket: DocumentCall['vbucket']): number {
  return document.deletion && vbucket.isPersisted(document) ? document.deletion.at : document.expiry
}
