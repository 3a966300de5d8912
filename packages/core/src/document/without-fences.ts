import { idsUpTo, namedIds } from './commit-ids.ts'
import { encodeMarker } from './encode.ts'
import { encodeFrame, frameKinds } from './frame.ts'
import { fencesOf } from './fences.ts'
import { indexedOf } from './indexed.ts'
import { schemaVersionOf } from './schema-version-of.ts'
import type { ScopeDocument } from './scope-document.ts'
import { packSnapshot } from './snapshot.ts'

/**
 * The bytes of the same document without its fences; undefined where it has none. A living one becomes a snapshot of its newest
 * version, because fences stand in commits as well.
 */
export function withoutFences(document: ScopeDocument): Uint8Array | undefined {
  if (fencesOf(document) === undefined) return undefined
  if (document.type === 'ended') return encodeMarker({ ...document, fences: undefined }).bytes
  const { life, version, commitId, deadline, state, tail } = document
  const ids = idsUpTo(document, version, Math.max(namedIds, tail.length + 1))
  const schemaVersion = schemaVersionOf(document)
  const facts = { ...document.facts, schemaVersion, indexed: indexedOf(document), fences: undefined }
  return encodeFrame(
    { kind: frameKinds.snapshot, life, version, commitId, deadline },
    packSnapshot({ state, ids, facts }),
  )
}
