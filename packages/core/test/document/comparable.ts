import type { LiveDocument } from '../../src/document/scope-document.ts'

/** A document for `toEqual`, to which a view and an array of the same bytes are not the same. */
export function comparable(document: LiveDocument): unknown {
  return {
    ...document,
    tail: document.tail.map(record => ({
      ...record,
      frame: Buffer.from(record.frame).toString('hex'),
      newValues: record.newValues.size,
    })),
  }
}
