import { expect, test } from 'vitest'
import { compact } from '../../src/document/compaction.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { appendCommits, createDocument, encodeCommit } from '../../src/document/encode.ts'
import { type Fence, fencesOf, isFenced, raised } from '../../src/document/fences.ts'
import { encodeFrame, frameKinds } from '../../src/document/frame.ts'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'
import { pack } from '../../src/document/packer.ts'
import type { CommitRecord, LiveDocument } from '../../src/document/scope-document.ts'
import type { StoreToken } from '../../src/document/stored-document.ts'
import { noNewValues } from '../../src/diff/apply.ts'
import { plainFacts } from './sample-documents.ts'

const fence = (lock: string, token: bigint): Fence => ({ lock, token: token as StoreToken })

function committed(document: LiveDocument, fences: readonly Fence[] | undefined): LiveDocument {
  const { life, version, state } = document
  const commit = {
    commitId: drawCommitId(),
    version: version + 1,
    baseVersion: version,
    schemaVersion: 1,
    at: 0,
    origin: { process: 'p' },
    diff: undefined,
    ops: [],
    fences,
  }
  const frame = encodeCommit({ ...commit, life, deadline: 0 })
  const record: CommitRecord = { ...commit, state, newValues: noNewValues, frame }
  return appendCommits(document, [record])
}

function begun(): LiveDocument {
  return createDocument({ life: drawLife(), commitId: drawCommitId(), deadline: 0, state: {}, facts: plainFacts })
    .document
}

function stored(document: LiveDocument): LiveDocument {
  return decodeDocument(compact({ document, deadline: 0 }).bytes) as LiveDocument
}

test('a write under a lock fences earlier holders of it, and nobody else', () => {
  const fences = fencesOf(committed(begun(), [fence('lock:n:a', 7n)]))
  expect(isFenced(fences, fence('lock:n:a', 6n))).toBe(true)
  expect(isFenced(fences, fence('lock:n:a', 7n))).toBe(false)
  expect(isFenced(fences, fence('lock:n:a', 8n))).toBe(false)
  expect(isFenced(fences, fence('lock:n:b', 1n))).toBe(false)
  expect(isFenced(undefined, fence('lock:n:a', 1n))).toBe(false)
})

test('a fence is never lowered, and a write without locks leaves the fences as they are', () => {
  const document = [[fence('lock:n:a', 7n)], undefined, [fence('lock:n:a', 3n), fence('lock:n:b', 2n)]].reduce(
    committed,
    begun(),
  )
  expect(fencesOf(document)?.tokens).toEqual(
    new Map([
      ['lock:n:a', 7n],
      ['lock:n:b', 2n],
    ]),
  )
  const before = fencesOf(document)
  expect(raised(before, [])).toBe(before)
})

test('fences outlive compactions, also those of commits that leave the tail, and are read as they were written', () => {
  // Beyond 2^53, as tokens are.
  let document = committed(begun(), [fence('lock:n:a', 1_883_084_124_971_859_971n)])
  for (let count = 0; count < 40; count++) document = committed(document, undefined)
  document = committed(document, [fence('lock:n:b', 5n)])
  for (let round = 0; round < 3; round++) document = stored(document)
  expect(document.tail.length).toBeLessThan(40)
  expect(document.facts.fences?.tokens.get('lock:n:a')).toBe(1_883_084_124_971_859_971n)
  expect(fencesOf(document)?.tokens.get('lock:n:b')).toBe(5n)
})

test('the 16 highest are named; the highest of the others counts for every lock that is not', () => {
  let document = begun()
  for (let count = 1; count <= 40; count++) document = committed(document, [fence(`lock:n:${count}`, BigInt(count))])
  for (let round = 0; round < 30; round++) document = committed(document, undefined)
  const fences = fencesOf(stored(document))
  expect(fences?.tokens.size).toBe(16)
  expect(isFenced(fences, fence('lock:n:40', 39n))).toBe(true)
  expect(isFenced(fences, fence('lock:n:25', 24n))).toBe(true)
  // Dropped, and refused by the floor.
  expect(isFenced(fences, fence('lock:n:24', 23n))).toBe(true)
  expect(isFenced(fences, fence('lock:n:24', 24n))).toBe(false)
  expect(isFenced(fences, fence('lock:n:new', 23n))).toBe(true)
  expect(isFenced(fences, fence('lock:n:new', 24n))).toBe(false)
})

test.each([
  ['no map', { fences: { a: 1n } }],
  ['a lock without a token', { fences: new Map([['a', 'x']]) }],
  ['a token without a lock', { fences: new Map([[1, 1n]]) }],
  ['a floor alone', { fenceFloor: 3n }],
])('a snapshot with %s is unreadable', (_, fields) => {
  const commitId = drawCommitId()
  const head = { kind: frameKinds.snapshot, life: drawLife(), version: 1, commitId, deadline: 0 }
  const payload = { state: {}, ids: Buffer.from(commitId, 'hex'), schemaVersion: 1, createdAt: 0, ...fields }
  expect(() => decodeDocument(encodeFrame(head, pack(payload)))).toThrow(/fence/)
})

test.each([
  ['no list', 7],
  ['half a pair', ['lock:n:a']],
  ['a token that is none', ['lock:n:a', 1.5]],
])('a commit with %s is unreadable', (_, field) => {
  const document = begun()
  const { bytes } = compact({ document, deadline: 0 })
  const head = { kind: frameKinds.commit, life: document.life, version: 2, commitId: drawCommitId(), deadline: 0 }
  const frame = encodeFrame(head, pack([1, 1, 0, ['p'], null, null, field]))
  expect(() => decodeDocument(Buffer.concat([bytes, frame]))).toThrow(/fence/)
})
