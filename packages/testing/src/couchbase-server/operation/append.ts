import { bodyOf, LARGEST_VALUE, plainValue } from '../bucket/document-body.ts'
import { limitedExpiry } from '../bucket/expiry.ts'
import { DATATYPE, isJson } from '../wire/datatype.ts'
import { FEATURE } from '../wire/feature.ts'
import { refuse } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, WRITES, type DocumentCall } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'
import { maxTtlOf } from './stored-value.ts'
import { casRefusal, durabilityRefusal, writtenAnswer } from './write-rules.ts'

/** APPEND and PREPEND: value = what is added. Flags, expiry and attributes stay. */
export function append(
  name: string,
  side: 'end' | 'front',
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Operation {
  return documentOperation({
    name,
    shape: { value: 'optional', cas: 'optional', datatype: true },
    privileges: ['Upsert'],
    frameInfos: WRITES,
    // The engine answers also a quiet one where it has a token to tell.
    ...(isQuiet && {
      isSilent: (status, { session }) => status === STATUS.success && !session.features.has(FEATURE.mutationToken),
    }),
    run: call => appendTo(call, side),
  })
}

function appendTo(call: DocumentCall, side: 'end' | 'front'): Outcome {
  const { request, vbucket, session, infos, node, id } = call
  const added = plainValue(request.value, request.datatype)
  if (!added) return refuse(STATUS.invalid, 'Failed to inflate payload')
  const document = vbucket.find(id)
  if (!document) return { status: STATUS.notStored }
  const refusal = casRefusal(call, document)
  if (refusal) return refusal
  const body = bodyOf(document)
  if (body.length + added.length > LARGEST_VALUE) return { status: STATUS.tooBig }
  const impossible = durabilityRefusal(call)
  if (impossible) return impossible

  const value = Buffer.concat(side === 'end' ? [body, added] : [added, body])
  // The engine looks at a wrong range of a document with attributes, and takes it for no JSON.
  const isStillJson = document.xattrs.size === 0 && isJson(value)
  const datatype = (isStillJson ? DATATYPE.json : 0) | (document.datatype & DATATYPE.xattr)
  const expiry = document.expiry || limitedExpiry(0, node.clock.nowSeconds(), maxTtlOf(call))
  return writtenAnswer(vbucket.write({ ...document, value, datatype, expiry }, infos.durability), session)
}
