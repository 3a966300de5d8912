import { bodyOf } from '../bucket/document-body.ts'
import type { StoredDocument } from '../bucket/document.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { lookUp } from '../subdoc/lookup.ts'
import { decodeLookupSpecs, isXattr, specsProblem, xattrName, type Spec } from '../subdoc/spec.ts'
import { accessRefusal, documentOperation, type DocumentCall } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'

/** Flags of a request on parts of a document. */
export const DOCUMENT_FLAG = {
  makeDocument: 0x01,
  add: 0x02,
  accessDeleted: 0x04,
  createAsDeleted: 0x08,
  revive: 0x10,
} as const

/**
 * SUBDOC_MULTI_LOOKUP: extras = nothing or flags u8, value = paths. The answer's value = for each path status u16, length
 * u32, value; its status says whether all were found.
 */
export const subdocMultiLookup: Operation = documentOperation({
  name: 'SUBDOC_MULTI_LOOKUP',
  shape: { extras: [0, 1], value: 'optional' },
  privileges: ['Read'],
  run: call => {
    const specs = decodeLookupSpecs(call.request.value)
    if ('type' in specs) return specs
    const document = documentToRead(call, specs, call.request.extras[0] ?? 0)
    if (isOutcome(document)) return document
    const body = bodyOf(document)
    const found = specs.map(spec => lookUp(spec, document, body, call.vbucket))
    const value = Buffer.concat(
      found.flatMap(entry => {
        const head = Buffer.alloc(6)
        head.writeUInt16BE(entry.status)
        head.writeUInt32BE(entry.value.length, 2)
        return [head, entry.value]
      }),
    )
    return {
      status: lookupStatus(
        found.every(entry => entry.status === STATUS.success),
        document,
      ),
      cas: document.cas,
      value,
    }
  },
})

/** SUBDOC_GET, SUBDOC_EXISTS, SUBDOC_GET_COUNT: extras = length of the path u16, flags u8 [, document flags u8]. */
export function subdocLookup(name: string, opcode: number): Operation {
  return documentOperation({
    name,
    shape: { extras: [3, 4], value: 'optional' },
    privileges: ['Read'],
    run: call => {
      const { request, session } = call
      if (request.extras.readUInt16BE() !== request.value.length)
        return refuse(STATUS.invalid, 'Request path length invalid')
      const spec = {
        opcode,
        flags: request.extras.readUInt8(2),
        path: request.value.toString('utf8'),
        value: Buffer.alloc(0),
      }
      const document = documentToRead(call, [spec], request.extras[3] ?? 0)
      if (isOutcome(document)) return document
      const { status, value } = lookUp(spec, document, bodyOf(document), call.vbucket)
      if (status !== STATUS.success) return { status }
      const datatype = value.length > 0 && session.knowsJson ? 1 : 0
      return { status: lookupStatus(true, document), cas: document.cas, datatype, value }
    },
  })
}

function lookupStatus(isAllFound: boolean, { deletion }: StoredDocument): number {
  if (isAllFound) return deletion ? STATUS.successDeleted : STATUS.success
  return deletion ? STATUS.multiPathFailureDeleted : STATUS.multiPathFailure
}

/** The document that paths are looked up in; a locked one cannot be. */
function documentToRead(call: DocumentCall, specs: readonly Spec[], flags: number): StoredDocument | Outcome {
  const problem = specsProblem(specs, 'lookup') ?? xattrAccessProblem(call, specs, 'SystemXattrRead')
  if (problem) return problem
  if ((flags & ~DOCUMENT_FLAG.accessDeleted) !== 0) return refuse(STATUS.invalid, 'Request extras invalid')
  const document = call.vbucket.find(call.id) ?? (flags === 0 ? undefined : call.vbucket.peek(call.id))
  if (!document) return { status: STATUS.notFound }
  return call.vbucket.lockOf(call.id) ? { status: STATUS.locked } : document
}

/** Attributes of the system need a privilege of their own. */
export function xattrAccessProblem(
  call: DocumentCall,
  specs: readonly Spec[],
  privilege: 'SystemXattrRead' | 'SystemXattrWrite',
): Refusal | undefined {
  const isAsked = specs.some(spec => isXattr(spec) && xattrName(spec.path).startsWith('_'))
  return isAsked && !call.may(privilege) ? accessRefusal('SUBDOC', privilege) : undefined
}

function isOutcome(document: StoredDocument | Outcome): document is Outcome {
  return typeof document === 'string' || 'status' in document
}
