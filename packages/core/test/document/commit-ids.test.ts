import { describe, expect, test } from 'vitest'
import { delivered } from '../../src/document/delivery.ts'
import { hasId, idAt, knownIds, versionOfId } from '../../src/document/commit-ids.ts'
import { compact } from '../../src/document/compaction.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import type { CommitId, ScopeDocument } from '../../src/document/scope-document.ts'
import { changed, created, deadline, largeState } from './sample-documents.ts'

const { document: grown } = changed(
  created(largeState()),
  Array.from({ length: 99 }, (_, value) => ({ key: 'count', value })),
)
const ids = [...grown.snapshotIds, ...grown.tail.map(({ commitId }) => commitId)]
const { document: compacted } = compact({ document: grown, deadline })
const endId = drawCommitId()
const ended = decodeDocument(
  encodeEnd({
    document: compact({ document: compacted, deadline }).document,
    commitId: endId,
    deadline,
    reason: 'ended',
    at: 0,
    delivery: delivered,
    keepState: false,
  }).bytes,
)

describe.each<[string, ScopeDocument, number, readonly CommitId[]]>([
  ['a document with all its frames', grown, 100, ids],
  ['a compacted document', compacted, 100, ids],
  ['an end marker', ended, 101, [...ids, endId]],
])('%s', (_, document, version, all) => {
  test('names its newest versions without a gap, and knows how many', () => {
    const count = knownIds(document)
    expect(count).toBeGreaterThanOrEqual(33)
    for (let back = 0; back < count; back++) {
      const id = all[version - 1 - back]
      expect(idAt(document, version - back)).toBe(id)
      expect(id && versionOfId(document, id)).toBe(version - back)
      expect(id && hasId(document, id)).toBe(true)
    }
    expect(idAt(document, version - count)).toBeUndefined()
  })

  test('names no version that there is not', () => {
    for (const other of [0, -1, version + 1, version + 1000]) expect(idAt(document, other)).toBeUndefined()
  })

  test('does not know an id of another history', () => {
    const foreign = drawCommitId()
    expect(hasId(document, foreign)).toBe(false)
    expect(versionOfId(document, foreign)).toBeUndefined()
  })
})

test('an end marker names the commits before it, also those that were sent with it (E2)', () => {
  for (const { commitId } of compacted.tail) expect(hasId(ended, commitId)).toBe(true)
  const marker = encodeEnd({
    document: grown,
    commitId: endId,
    deadline,
    reason: 'ended',
    at: 0,
    delivery: delivered,
    keepState: false,
  })
  expect(marker.document.ids).toEqual([...ids, endId])
})

test('the end itself is found by its own id at the version after the last commit (E3)', () => {
  expect(versionOfId(ended, endId)).toBe(101)
  expect(ended.commitId).toBe(endId)
})
