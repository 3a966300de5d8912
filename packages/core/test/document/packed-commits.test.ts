import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compact } from '../../src/document/compaction.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { deadlineAt } from '../../src/document/frame.ts'
import { packTail } from '../../src/document/packed-commits.ts'
import type { CommitRecord, LiveDocument } from '../../src/document/scope-document.ts'
import { anyChange, anyState } from './any-values.ts'
import { comparable, comparableRecord } from './comparable.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, largeState } from './sample-documents.ts'

const renewed = 1_900_000_000

/** The same commits as frames that nobody has packed. */
function plainTail(bytes: Uint8Array): readonly CommitRecord[] {
  return (decodeDocument(bytes) as LiveDocument).tail
}

/** How many states the tail holds without decoding anything. */
function heldStates(tail: readonly CommitRecord[]): number {
  return tail.filter(record => Object.hasOwn(record, 'state')).length
}

describe('a packed tail', () => {
  test('says the same of every commit, whichever is asked first', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyChange, { minLength: 12, maxLength: 40 }), fc.nat(), (state, changes, from) => {
        const { bytes, document } = changed(created(state), changes)
        const expected = plainTail(bytes)
        const packed = packTail(expected, document.snapshotState)
        expect(heldStates(packed)).toBeLessThan(12)
        const first = packed.slice(from % packed.length)
        const plain = expected.map(comparableRecord)
        expect(first.map(comparableRecord)).toEqual(plain.slice(from % packed.length))
        expect(packed.map(comparableRecord)).toEqual(plain)
      }),
      propertySettings(15),
    )
  })

  test('is what a document has after each of many commits, and what is decoded to be held', () => {
    let stored = created({ count: 0 })
    for (let count = 1; count <= 40; count++) {
      stored = changed(stored, [{ key: 'count', value: count }])
      expect(heldStates(stored.document.tail)).toBeLessThan(12)
    }
    const held = decodeDocument(stored.bytes, { isKept: true }) as LiveDocument
    expect(heldStates(held.tail)).toBeLessThan(12)
    expect(heldStates(plainTail(stored.bytes))).toBe(40)
    expect(comparable(held)).toEqual(comparable(stored.document))
  })

  test('is decoded once', () => {
    const { document } = changed(created({ count: 0 }), counts(20))
    expect(document.tail[3]?.state).toEqual({ count: 4 })
    expect(document.tail[3]?.state).toBe(document.tail[3]?.state)
    expect(document.tail[4]?.state).toBe(document.tail[4]?.state)
  })

  test('shares with the states around it what has not changed', () => {
    const { document } = changed(created(largeState()), counts(20))
    expect(document.tail[3]?.state['item7']).toBe(document.snapshotState['item7'])
    expect(document.tail[7]?.state['item7']).toBe(document.state['item7'])
  })

  test('goes through compactions, also into the middle of what was packed together, and gets another deadline', () => {
    let stored = created({ count: 0 })
    for (let round = 0; round < 12; round++) {
      stored = changed(stored, counts(11, round * 11))
      const compacted = compact({
        document: stored.document,
        deadline: round % 3 === 0 ? renewed + round : stored.document.deadline,
      })
      expect(comparable(compacted.document)).toEqual(comparable(decodeDocument(compacted.bytes) as LiveDocument))
      for (const { frame } of compacted.document.tail) {
        expect(deadlineAt(Buffer.from(frame), 0)).toBe(compacted.document.deadline)
      }
      stored = compacted
    }
    expect(stored.document.state).toEqual({ count: 132 })
  })

  test('keeps neither the bytes of a document that it was read from nor those of one that was written', () => {
    const { bytes, document } = changed(created(largeState()), counts(30))
    const held = decodeDocument(bytes, { isKept: true }) as LiveDocument
    const compacted = compact({ document, deadline: renewed }).document
    for (const { tail, tailBytes } of [document, held, compacted]) {
      const buffers = new Set(tail.map(({ frame }) => frame.buffer))
      const total = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
      expect(total).toBeLessThan(tailBytes * 1.5)
    }
  })
})

function counts(length: number, from = 0): readonly { readonly key: string; readonly value: number }[] {
  return Array.from({ length }, (_, index) => ({ key: 'count', value: from + index + 1 }))
}
