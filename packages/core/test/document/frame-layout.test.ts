import { describe, expect, test } from 'vitest'
import { unclaimed } from '../../src/document/delivery.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { createDocument, encodeCommit, encodeEnd } from '../../src/document/encode.ts'
import { isRecord } from '../../src/document/frame.ts'
import type { CommitId, Life } from '../../src/document/scope-document.ts'
import { binary, double, joined, list, nil, object, text, writeByHand } from './hand-writer.ts'

const life = '00112233445566ff' as Life
const firstId = 'f0e1d2c3b4a5968778695a4b3c2d1e0f' as CommitId
const secondId = '000102030405060708090a0b0c0d0e0f' as CommitId
const endId = 'ffeeddccbbaa99887766554433221100' as CommitId
const deadline = 0xfedcba98

const snapshot = writeByHand({
  kind: 1,
  life,
  version: 1n,
  commitId: firstId,
  deadline,
  payload: object(0x40, {
    state: object(0x41, { hits: [7], name: text('Ann') }),
    ids: binary(firstId),
    schemaVersion: [3],
    createdAt: double(1_700_000_000_123),
  }),
})

const commit = writeByHand({
  kind: 2,
  life,
  version: 2n,
  commitId: secondId,
  deadline,
  payload: list(
    [1],
    [3],
    double(1_700_000_000_456),
    list(text('web-1'), text('r9')),
    list([2], text('hits'), list([0], [8])),
  ),
})

const end = writeByHand({
  kind: 3,
  life,
  version: 2n,
  commitId: endId,
  deadline,
  payload: object(0x40, {
    state: object(0x41, { hits: [7], name: text('Ann') }),
    ids: binary(firstId + endId),
    schemaVersion: [3],
    reason: text('ended'),
    detail: text('logout'),
    at: double(1_700_000_000_789),
    delivery: text('pending'),
    next: binary('0a0b0c0d0e0f1011'),
  }),
})

const facts = { schemaVersion: 3, createdAt: 1_700_000_000_123, isProvisional: false, from: undefined, rest: {} }
const state = Object.freeze({ hits: 7, name: 'Ann' })
const made = (): ReturnType<typeof createDocument> =>
  createDocument({ life, commitId: firstId, deadline, state, facts })

describe('the bytes are those of SPEC.md', () => {
  test('a snapshot', () => {
    expect(hex(made().bytes)).toBe(hex(snapshot))
  })

  test('a commit', () => {
    const frame = encodeCommit({
      life,
      version: 2,
      commitId: secondId,
      deadline,
      baseVersion: 1,
      schemaVersion: 3,
      at: 1_700_000_000_456,
      origin: { process: 'web-1', request: 'r9' },
      diff: [2, 'hits', [0, 8]],
      ops: [],
    })
    expect(hex(frame)).toBe(hex(commit))
  })

  test('a version over 2^32', () => {
    const payload = list([0], [1], [2], list(text('p')), nil)
    const frame = encodeCommit({
      life,
      version: Number.MAX_SAFE_INTEGER,
      commitId: secondId,
      deadline: 0,
      baseVersion: 0,
      schemaVersion: 1,
      at: 2,
      origin: { process: 'p' },
      diff: undefined,
      ops: [],
    })
    expect(hex(frame)).toBe(hex(writeByHand({ kind: 2, life, version: 2n ** 53n - 1n, commitId: secondId, payload })))
  })

  test('an end marker', () => {
    const { bytes } = encodeEnd({
      document: made().document,
      commitId: endId,
      deadline,
      reason: 'ended',
      detail: 'logout',
      at: 1_700_000_000_789,
      delivery: unclaimed,
      next: '0a0b0c0d0e0f1011' as Life,
      keepState: true,
    })
    expect(hex(bytes)).toBe(hex(end))
  })
})

describe('bytes written by hand are read', () => {
  test('a living scope', () => {
    expect(decodeDocument(joined(snapshot, commit))).toMatchObject({
      type: 'live',
      life,
      version: 2,
      commitId: secondId,
      deadline,
      state: { hits: 8, name: 'Ann' },
      facts,
      snapshotVersion: 1,
      snapshotState: { hits: 7, name: 'Ann' },
      snapshotIds: [firstId],
      snapshotBytes: snapshot.length,
      tailBytes: commit.length,
      tail: [
        {
          commitId: secondId,
          version: 2,
          baseVersion: 1,
          schemaVersion: 3,
          at: 1_700_000_000_456,
          origin: { process: 'web-1', request: 'r9' },
          diff: [2, 'hits', [0, 8]],
          ops: [],
          state: { hits: 8, name: 'Ann' },
        },
      ],
    })
  })

  test('an ended scope', () => {
    expect(decodeDocument(end)).toEqual({
      type: 'ended',
      life,
      version: 2,
      commitId: endId,
      deadline,
      ids: [firstId, endId],
      schemaVersion: 3,
      reason: 'ended',
      detail: 'logout',
      at: 1_700_000_000_789,
      state: { hits: 7, name: 'Ann' },
      delivery: unclaimed,
      next: '0a0b0c0d0e0f1011',
    })
  })

  test('versions up to 2^53 - 1 and deadlines up to 2^32 - 1 are exact', () => {
    const version = 2n ** 53n - 1n
    const payload = object(0x40, { state: object(0x41, {}), ids: binary(firstId), schemaVersion: [1], createdAt: [1] })
    const bytes = writeByHand({ kind: 1, life, version, commitId: firstId, deadline: 0xffffffff, payload })
    expect(decodeDocument(bytes)).toMatchObject({ version: Number.MAX_SAFE_INTEGER, deadline: 0xffffffff })
  })

  test('a commit may leave the request out, change nothing, and carry elements of later versions', () => {
    const payload = list([0], [4], double(1), list(text('p')), nil, nil, list(text('lock'), [5]), text('later'))
    const bytes = joined(snapshot, writeByHand({ kind: 2, life, version: 2n, commitId: secondId, deadline, payload }))
    expect(decodeDocument(bytes)).toMatchObject({
      version: 2,
      state: { hits: 7, name: 'Ann' },
      tail: [{ baseVersion: 0, schemaVersion: 4, origin: { process: 'p' }, diff: undefined }],
    })
  })

  test('a claimed delivery says who claims it, and unknown keys of a marker are ignored', () => {
    const claim = object(0x41, { claim: text('c1'), leaseMs: [99], beat: [3], attempt: [1] })
    const payload = object(0x40, {
      ids: binary(endId),
      schemaVersion: [1],
      reason: text('expired'),
      at: double(1),
      delivery: claim,
      later: [1],
    })
    expect(decodeDocument(writeByHand({ kind: 3, life, version: 9n, commitId: endId, payload }))).toMatchObject({
      reason: 'expired',
      delivery: { type: 'pending', attempt: 1, claim: { id: 'c1', leaseMs: 99, beat: 3 } },
      state: undefined,
      detail: undefined,
      next: undefined,
      deadline: 0,
    })
  })
})

test('a record is told from a scope by its bytes', () => {
  const record = writeByHand({ kind: 4, life, version: 1n, commitId: firstId, payload: object(0x40, { amount: [1] }) })
  expect(isRecord(record)).toBe(true)
  expect([snapshot, commit, end, record.subarray(0, 20), new Uint8Array(0)].map(isRecord)).not.toContain(true)
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
