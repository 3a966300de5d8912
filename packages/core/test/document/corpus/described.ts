import type { CommitRecord, ScopeDocument, SnapshotFacts } from '../../../src/document/scope-document.ts'

/**
 * What a document means, as JSON: all that decoding gives but bytes and sizes. Field by field: what later versions decode
 * besides is not in the files of earlier ones. A field that is undefined is left out.
 */
export function describeDocument(document: ScopeDocument): unknown {
  const { type, life, version, commitId, deadline, state } = document
  if (document.type === 'ended') {
    const { ids, schemaVersion, reason, detail, at, delivery, next } = document
    const end = { ids, schemaVersion, reason, detail, at, state, delivery: delivery.type, next }
    return describe({ type, life, version, commitId, deadline, ...end })
  }
  const { facts, snapshotVersion, snapshotState, snapshotIds, tail } = document
  const { schemaVersion, createdAt, isProvisional, from } = facts
  return describe({
    type,
    life,
    version,
    commitId,
    deadline,
    facts: { schemaVersion, createdAt, isProvisional, from, rest: restOf(facts) },
    state,
    snapshot: { version: snapshotVersion, state: snapshotState, ids: snapshotIds },
    tail: tail.map(describeCommit),
  })
}

/** The first files call some keys not known yet. */
function restOf({ rest, lifetime, fences }: SnapshotFacts): object {
  return { lifetime, fences: fences?.tokens, ...rest }
}

function describeCommit(record: CommitRecord): object {
  const { version, commitId, baseVersion, schemaVersion, at, origin, diff, ops, state: after } = record
  return { version, commitId, baseVersion, schemaVersion, at, origin, diff, ops, state: after }
}

/** A value of a state as JSON (README.md); the order of keys, entries and members stays. */
function describe(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` }
    case 'bigint':
      return { $bigint: `${value}` }
    case 'object':
      return value === null ? null : describeObject(value)
    default:
      return value
  }
}

function describeObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(describe)
  if (value instanceof Map) return { $map: [...value].map(describe) }
  if (value instanceof Set) return { $set: [...value].map(describe) }
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  const described = entries.map(([key, part]) => [key, describe(part)] as const)
  return described.some(([key]) => key.startsWith('$')) ? { $object: described } : Object.fromEntries(described)
}
