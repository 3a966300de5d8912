import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unclaimed } from '../../src/document/delivery.ts'
import { compact } from '../../src/document/compaction.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { type Encoded, encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import type { LiveDocument, ScopeDocument } from '../../src/document/scope-document.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { anyChange, anyState } from './any-values.ts'
import { comparable } from './comparable.ts'
import { binary, joined, list, object, text, writeByHand } from './hand-writer.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, deadline, largeState, plainFacts } from './sample-documents.ts'

const renewed = deadline + 1800
const sets = (count: number, first = 0): { key: string; value: number }[] =>
  Array.from({ length: count }, (_, index) => ({ key: 'count', value: first + index }))

const handSnapshot = object(0x40, {
  state: object(0x41, {}),
  ids: binary('11'.repeat(16)),
  schemaVersion: [1],
  createdAt: [1],
})
const setTo = (value: number): readonly number[] =>
  list([1], [1], [1], list(text('p')), list([2], text('count'), list([0], [value])))

function decoded(bytes: Uint8Array, known?: ScopeDocument): LiveDocument {
  const document = decodeDocument(bytes, { known })
  if (document.type !== 'live') throw new Error('The scope has ended.')
  return document
}

/** One step in the life of a stored document. */
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      changes: fc.array(anyChange, { minLength: 1, maxLength: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('compact' as const), deadline: fc.constantFrom(deadline, renewed) }),
  },
)

describe('decoding onto what is known', () => {
  test('gives what a full decoding gives, whatever is known', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyStep, { maxLength: 6 }), fc.nat(), fc.nat(), (state, steps, from, to) => {
        const history: Encoded<LiveDocument>[] = [created(state)]
        for (const step of steps) {
          const last = history.at(-1) ?? created(state)
          if (step.type === 'append') history.push(changed(last, step.changes))
          else history.push(compact({ document: last.document, deadline: step.deadline }))
        }
        // Any moment may be known when any other is read: later, earlier or the same.
        const before = history[from % history.length]
        const after = history[to % history.length]
        if (before === undefined || after === undefined) return
        for (const known of [before.document, decoded(before.bytes)]) {
          expect(comparable(decoded(after.bytes, known))).toEqual(comparable(decoded(after.bytes)))
        }
      }),
      propertySettings(50),
    )
  })

  test('of the same bytes is the known document itself', () => {
    const { bytes, document } = changed(created({ a: 1 }), sets(3))
    expect(decoded(bytes, document)).toBe(document)
    const known = decoded(bytes)
    expect(decoded(Uint8Array.from(bytes), known)).toBe(known)
  })

  test('keeps the states, records and parts of the state that have not changed', () => {
    const before = changed(created(largeState()), sets(5))
    const known = decoded(before.bytes)
    const after = decoded(changed(before, sets(2, 5)).bytes, known)
    expect(after.version).toBe(8)
    expect(after.snapshotState).toBe(known.snapshotState)
    expect(after.facts).toBe(known.facts)
    expect(after.tail.slice(0, 5).every((record, index) => record === known.tail[index])).toBe(true)
    expect(after.state['item7']).toBe(known.state['item7'])
    expect(after.state['count']).toBe(6)
  })

  test('after a renewal has the same state', () => {
    const before = changed(created(largeState()), sets(5))
    const known = decoded(before.bytes)
    const after = decoded(compact({ document: before.document, deadline: renewed }).bytes, known)
    expect(after.state).toBe(known.state)
    expect(after.tail.every((record, index) => record.state === known.tail[index]?.state)).toBe(true)
    expect(after.deadline).toBe(renewed)
  })

  test('after a compaction goes on from the known states', () => {
    const before = changed(created({ blob: 'x'.repeat(10_000), item7: { quantity: 1 } }), sets(60))
    const known = decoded(before.bytes)
    const compacted = compact({ document: before.document, deadline })
    const after = decoded(changed(compacted, sets(1, 60)).bytes, known)
    expect(after.snapshotVersion).toBe(29)
    expect(after.snapshotState).toBe(known.tail[27]?.state)
    expect(after.tail[31]?.state).toBe(known.state)
    expect(after.state['item7']).toBe(known.state['item7'])
  })

  test('takes over the facts that a rewritten snapshot has', () => {
    const { bytes, document } = created({ a: 1 }, { ...plainFacts, isProvisional: true })
    const known = decoded(bytes)
    const confirmed = { ...document, facts: { ...document.facts, isProvisional: false } }
    const after = decoded(compact({ document: confirmed, deadline }).bytes, known)
    expect(after.facts.isProvisional).toBe(false)
    expect(after.state).toBe(known.state)
  })

  test('does not keep the bytes of every document it was read from', () => {
    let stored = created({ ...largeState() })
    let known = decoded(stored.bytes)
    for (let count = 0; count < 10; count++) {
      stored = changed(stored, sets(1, count))
      known = decoded(stored.bytes, known)
    }
    expect(known.tail.map(({ frame }) => frame.buffer.byteLength)).toEqual(known.tail.map(({ frame }) => frame.length))
  })
})

describe('the whole document is decoded', () => {
  const base = changed(created({ a: 1 }), sets(2))

  test('when the known document is of another life', () => {
    const known = changed(created({ a: 9 }), sets(2)).document
    expect(comparable(decoded(base.bytes, known))).toEqual(comparable(decoded(base.bytes)))
  })

  test('when history took another way after a rollback, also at the same version', () => {
    const lost = changed(base, [{ key: 'a', value: 'lost' }])
    const other = changed(base, [{ key: 'a', value: 'other' }])
    const longer = changed(other, [{ key: 'b', value: 'more' }])
    expect(decoded(other.bytes, lost.document).state).toEqual({ a: 'other', count: 1 })
    expect(decoded(longer.bytes, lost.document).state).toEqual({ a: 'other', count: 1, b: 'more' })
  })

  test('when the document is older than what is known', () => {
    const newer = changed(base, sets(3))
    expect(comparable(decoded(base.bytes, newer.document))).toEqual(comparable(decoded(base.bytes)))
  })

  test('when what is known has been compacted away', () => {
    const known = decoded(base.bytes)
    const long = changed(base, sets(100))
    const { bytes } = compact({ document: long.document, deadline })
    expect(comparable(decoded(bytes, known))).toEqual(comparable(decoded(bytes)))
  })

  test('when what is known is shorter than the document at the same version', () => {
    const known = decoded(compact({ document: changed(base, sets(100)).document, deadline }).bytes)
    const { bytes } = changed(base, sets(100))
    expect(comparable(decoded(bytes, known))).toEqual(comparable(decoded(bytes)))
  })

  test('when what is known is not what the snapshot says', () => {
    const known = decoded(base.bytes)
    const wrong = { ...known, snapshotState: Object.freeze({ a: 'wrong' }), snapshotChecksum: 0 }
    expect(comparable(decoded(base.bytes, wrong))).toEqual(comparable(decoded(base.bytes)))
  })

  test.each([
    ['says something else', { payload: setTo(5) }],
    ['has another commit id', { commitId: '44'.repeat(16) }],
    ['says something else and has another deadline', { payload: setTo(5), deadline: 9 }],
    ['has another commit id and another deadline', { commitId: '44'.repeat(16), deadline: 9 }],
  ])('when a frame before the known version %s', (_, difference) => {
    const frame = { kind: 2, life: '0011223344556677', version: 2n, commitId: '22'.repeat(16), payload: setTo(4) }
    const first = writeByHand({ ...frame, kind: 1, version: 1n, commitId: '11'.repeat(16), payload: handSnapshot })
    const last = writeByHand({ ...frame, version: 3n, commitId: '33'.repeat(16) })
    const known = decoded(joined(first, writeByHand(frame), last))
    const bytes = joined(first, writeByHand({ ...frame, ...difference }), last)
    expect(comparable(decoded(bytes, known))).toEqual(comparable(decoded(bytes)))
  })

  test('when what is known was ended', () => {
    const { document } = encodeEnd({
      document: base.document,
      commitId: drawCommitId(),
      deadline,
      reason: 'ended',
      at: 0,
      delivery: unclaimed,
      keepState: true,
    })
    expect(comparable(decoded(base.bytes, document))).toEqual(comparable(decoded(base.bytes)))
  })
})

test('an end is read whatever is known', () => {
  const { document } = changed(created({ a: 1 }), sets(2))
  const end = encodeEnd({
    document,
    commitId: drawCommitId(),
    deadline,
    reason: 'ended',
    at: 0,
    delivery: unclaimed,
    keepState: true,
  })
  expect(decodeDocument(end.bytes, { known: document })).toEqual(end.document)
})

test('damage is found in every frame, also in those that are known', () => {
  const { bytes, document } = changed(created({ a: 1 }), sets(4))
  const longer = changed({ bytes, document }, sets(2)).bytes
  for (let at = 0; at < longer.length; at++) {
    const damaged = Uint8Array.from(longer)
    damaged[at] = (damaged[at] ?? 0) ^ 0x10
    expect(() => decodeDocument(damaged, { known: document })).toThrow(UnreadableDocumentError)
  }
})
