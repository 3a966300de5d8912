import { bodyOf } from '../bucket/document-body.ts'
import { absoluteExpiry } from '../bucket/expiry.ts'
import { plainDraft } from '../bucket/document.ts'
import { DATATYPE } from '../wire/datatype.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, SUCCESS_IS_SILENT, WRITES, type DocumentCall } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'
import { datatypeWith, maxTtlOf } from './stored-value.ts'
import { casRefusal, durabilityRefusal, writtenAnswer } from './write-rules.ts'

/**
 * INCREMENT and DECREMENT: extras = delta u64, initial value u64, expiry u32, which counts when the document is made;
 * all ones: it is not made. The answer's value = the new number u64; stored as decimal text.
 */
export function counter(
  name: string,
  direction: 'up' | 'down',
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Operation {
  return documentOperation({
    name,
    shape: { extras: [20] },
    privileges: ['Read', 'Upsert'],
    frameInfos: WRITES,
    ...(isQuiet && { isSilent: SUCCESS_IS_SILENT }),
    run: call => count(call, direction),
  })
}

function count(call: DocumentCall, direction: 'up' | 'down'): Outcome {
  const { request, vbucket, node, collection, id } = call
  const delta = request.extras.readBigUInt64BE()
  const expiry = request.extras.readUInt32BE(16)
  const document = vbucket.find(id)
  const impossible = durabilityRefusal(call)
  if (!document) {
    if (expiry === NOT_MADE) return { status: STATUS.notFound }
    const draft = {
      ...plainDraft(id, collection.id),
      expiry: absoluteExpiry(expiry, node.clock.nowSeconds(), maxTtlOf(call)),
    }
    return impossible ?? write(call, draft, request.extras.readBigUInt64BE(8))
  }
  const refusal = casRefusal(call, document)
  if (refusal) return refusal
  const before = parseNumber(bodyOf(document).toString('latin1'))
  if (before === undefined) return { status: STATUS.notANumber }
  return impossible ?? write(call, document, counted(before, delta, direction))
}

const NOT_MADE = 0xffff_ffff

function counted(before: bigint, delta: bigint, direction: 'up' | 'down'): bigint {
  if (direction === 'up') return BigInt.asUintN(64, before + delta)
  return delta > before ? 0n : before - delta
}

function write(
  { vbucket, session, infos }: DocumentCall,
  draft: Parameters<typeof vbucket.write>[0],
  number: bigint,
): Outcome {
  const value = Buffer.alloc(8)
  value.writeBigUInt64BE(number)
  const changed = {
    ...draft,
    value: Buffer.from(number.toString()),
    datatype: datatypeWith(DATATYPE.json, draft.xattrs),
  }
  return writtenAnswer(vbucket.write(changed, infos.durability), session, value)
}

/** Digits with blanks around them, below 2^64. */
function parseNumber(text: string): bigint | undefined {
  const digits = text.trim()
  if (!/^\d+$/.test(digits)) return undefined
  const number = BigInt(digits)
  return number < 2n ** 64n ? number : undefined
}
