import type { StoredDocument } from '../bucket/document.ts'
import type { Answer } from '../wire/response.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, MISS_IS_SILENT, type DocumentCall } from './document-operation.ts'
import type { Operation } from './operation.ts'
import { contentFor } from './stored-value.ts'

/** GET and its variants: the answer's extras = flags u32, value = body. A locked document shows a CAS of all ones. */
export function get(
  name: string,
  { withKey = false, isQuiet = false }: { readonly withKey?: boolean; readonly isQuiet?: boolean } = {},
): Operation {
  return documentOperation({
    name,
    shape: {},
    privileges: ['Read'],
    ...(isQuiet && { isSilent: MISS_IS_SILENT }),
    run: call => {
      const document = call.vbucket.find(call.id)
      if (!document) return { status: STATUS.notFound }
      const cas = call.vbucket.lockOf(call.id) ? LOCKED_CAS : document.cas
      const answer = documentAnswer(call, document, cas)
      return withKey ? { ...answer, key: call.request.key } : answer
    },
  })
}

export const LOCKED_CAS = 0xffff_ffff_ffff_ffffn

/** A document as it is answered. */
export function documentAnswer({ session }: DocumentCall, document: StoredDocument, cas: bigint): Answer {
  const extras = Buffer.alloc(4)
  extras.writeUInt32BE(document.flags)
  return { status: STATUS.success, cas, extras, ...contentFor(document, session) }
}
