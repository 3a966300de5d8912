import { bodyOf, LARGEST_VALUE, plainValue } from '../bucket/document-body.ts'
import { NO_XATTRS, type StoredDocument } from '../bucket/document.ts'
import { DATATYPE, isJson } from '../wire/datatype.ts'
import { FEATURE } from '../wire/feature.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import type { RequestFrame } from '../wire/request.ts'
import { STATUS } from '../wire/status.ts'
import type { DocumentCall } from './document-operation.ts'
import type { Session } from './session.ts'

/** A value as it is to be stored, with what it is. */
export interface Content {
  readonly value: Buffer
  readonly datatype: number
}

/**
 * The value of a request as it is stored: what it is is seen from the bytes, not believed; a compressed one stays so when
 * the bucket keeps them and it saves at least a sixth.
 */
export function contentOf({ value, datatype }: RequestFrame, keepsCompressed: boolean): Content | Refusal {
  const plain = plainValue(value, datatype)
  if (!plain) return refuse(STATUS.invalid, 'Failed to inflate payload')
  if (plain.length > LARGEST_VALUE) return refuse(STATUS.tooBig)
  const kind = isJson(plain) ? DATATYPE.json : DATATYPE.raw
  const isWorthIt = keepsCompressed && plain !== value && plain.length >= value.length * 1.2
  // Copied: the bytes received are a piece of a bigger buffer.
  return isWorthIt
    ? { value: Buffer.from(value), datatype: kind | DATATYPE.snappy }
    : { value: Buffer.from(plain), datatype: kind }
}

/** The body as this session may see it: inflated and without a datatype that it does not know; attributes are not told. */
export function contentFor(document: StoredDocument, { features, knowsJson }: Session): Content {
  const stays = (document.datatype & DATATYPE.snappy) !== 0 && features.has(FEATURE.snappy)
  return {
    value: stays ? document.value : bodyOf(document),
    datatype: (stays ? DATATYPE.snappy : 0) | (knowsJson ? document.datatype & DATATYPE.json : 0),
  }
}

/** The datatype of a document with that body and those attributes. */
export function datatypeWith(bodyDatatype: number, xattrs: ReadonlyMap<string, string> = NO_XATTRS): number {
  return (bodyDatatype & ~DATATYPE.xattr) | (xattrs.size > 0 ? DATATYPE.xattr : 0)
}

/** The longest life of a document there, in seconds; 0: no limit. */
export function maxTtlOf({ bucket, collection }: DocumentCall): number {
  return collection.maxTtl ?? bucket.maxTtl
}
