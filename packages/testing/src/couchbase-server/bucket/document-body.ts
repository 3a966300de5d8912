import { DATATYPE } from '../wire/datatype.ts'
import { inflateSnappy } from '../wire/snappy.ts'
import type { StoredDocument } from './document.ts'

/** Bytes that a document's body may have. */
export const LARGEST_VALUE: number = 20 * 1024 * 1024

/** A value with that datatype, inflated; undefined when it is said to be compressed and is not. */
export function plainValue(value: Buffer, datatype: number): Buffer | undefined {
  return (datatype & DATATYPE.snappy) === 0 ? value : inflateSnappy(value, LARGEST_VALUE * 2)
}

/** The body of a document, inflated. */
export function bodyOf({ value, datatype }: Pick<StoredDocument, 'value' | 'datatype'>): Buffer {
  return plainValue(value, datatype) ?? value
}
