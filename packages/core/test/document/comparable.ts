import type { CommitRecord, LiveDocument } from '../../src/document/scope-document.ts'

/** A document for `toEqual`, to which a view and an array of the same bytes are not the same. */
export function comparable(document: LiveDocument): unknown {
  return { ...document, tail: document.tail.map(comparableRecord) }
}

/** A commit for `toEqual`, whether it is packed or not. */
export function comparableRecord(record: CommitRecord): unknown {
  const { commitId, version, baseVersion, schemaVersion, at, origin, diff, ops, fences, indexed, state } = record
  const said = { commitId, version, baseVersion, schemaVersion, at, origin, diff, ops, fences, indexed, state }
  return {
    ...said,
    frame: Buffer.from(record.frame).toString('hex'),
    newValues: record.newValues.size,
  }
}
