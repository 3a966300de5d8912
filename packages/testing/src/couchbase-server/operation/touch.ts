import { absoluteExpiry } from '../bucket/expiry.ts'
import type { StoredDocument } from '../bucket/document.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, MISS_IS_SILENT, type DocumentCall } from './document-operation.ts'
import { documentAnswer } from './get.ts'
import type { FrameInfoSupport, Operation } from './operation.ts'
import { maxTtlOf } from './stored-value.ts'

/** TOUCH: extras = expiry u32. The answer has the CAS, never a token. */
export const touch: Operation = documentOperation({
  name: 'TOUCH',
  shape: { extras: [4] },
  privileges: ['Upsert'],
  frameInfos: frameInfos(),
  run: call => {
    const touched = touchDocument(call)
    return typeof touched === 'number' ? { status: touched } : { status: STATUS.success, cas: touched.cas }
  },
})

/** GAT: extras = expiry u32. The answer is that of GET. */
export function getAndTouch(name: string, { isQuiet = false }: { readonly isQuiet?: boolean } = {}): Operation {
  return documentOperation({
    name,
    shape: { extras: [4] },
    privileges: ['Read', 'Upsert'],
    frameInfos: frameInfos(),
    ...(isQuiet && { isSilent: MISS_IS_SILENT }),
    run: call => {
      const touched = touchDocument(call)
      return typeof touched === 'number' ? { status: touched } : documentAnswer(call, touched, touched.cas)
    },
  })
}

function frameInfos(): FrameInfoSupport {
  return { durability: 'refused', preserveTtl: false }
}

/** The document with its new expiry; the same expiry is no write. */
function touchDocument(call: DocumentCall): StoredDocument | number {
  const { request, vbucket, node, id } = call
  const document = vbucket.find(id)
  if (!document) return STATUS.notFound
  if (vbucket.lockOf(id)) return STATUS.locked
  const expiry = absoluteExpiry(request.extras.readUInt32BE(), node.clock.nowSeconds(), maxTtlOf(call))
  return expiry === document.expiry ? document : vbucket.write({ ...document, expiry }, undefined).document
}
