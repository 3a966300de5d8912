import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeDocument } from '../../src/document/decode.ts'
import { redateFrame } from '../../src/document/frame.ts'
import type { ScopeDocument } from '../../src/document/scope-document.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { anyChange, anyState } from './any-values.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created } from './sample-documents.ts'

function read(bytes: Uint8Array, defersState: boolean): ScopeDocument | string {
  try {
    return decodeDocument(bytes, { key: 'a', defersState })
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return 'unreadable'
    throw error
  }
}

/** All that a document says, with its states. */
function textOf(document: ScopeDocument | string): string {
  if (typeof document === 'string' || document.type === 'ended') return orderedText(document)
  const { type, life, version, commitId, deadline, state, facts, snapshotVersion, snapshotState, tail } = document
  const { snapshotIds, snapshotBytes, snapshotChecksum, tailBytes } = document
  const numbers = [version, deadline, snapshotVersion, snapshotBytes, snapshotChecksum, tail.length, tailBytes]
  return orderedText([type, life, commitId, numbers, snapshotIds, facts, state, snapshotState])
}

test('a document whose state is made later says what one says whose state is made at once, with or without commits', () => {
  fc.assert(
    fc.property(anyState, fc.array(anyChange, { maxLength: 2 }), (state, changes) => {
      const { bytes } = changed(created(state), changes)
      expect(textOf(read(bytes, true))).toBe(textOf(read(bytes, false)))
    }),
    propertySettings(150),
  )
})

test('what cannot be read is refused now and not when the state is made, though its checksum fits', () => {
  const damage = fc.array(fc.tuple(fc.nat(500), fc.nat(255)), { minLength: 1, maxLength: 3 })
  let refused = 0
  fc.assert(
    fc.property(anyState, damage, (state, changes) => {
      const bytes = Buffer.from(created(state).bytes)
      for (const [at, byte] of changes) bytes[48 + (at % (bytes.length - 48))] = byte
      redateFrame(bytes, 0, bytes.length, 1_800_000_000)
      const atOnce = read(bytes, false)
      const later = read(bytes, true)
      if (atOnce === 'unreadable') refused++
      expect(textOf(later)).toBe(textOf(atOnce))
    }),
    { ...propertySettings(1000), seed: 4 },
  )
  expect(refused).toBeGreaterThan(100)
})

test('the state is made once, frozen, when it is first read', () => {
  const { bytes } = created({ items: [{ a: 1 }] })
  const document = decodeDocument(bytes, { defersState: true })
  const { state } = document
  expect(document.state).toBe(state)
  expect(document.type === 'live' && document.snapshotState).toBe(state)
  expect(Object.isFrozen(state)).toBe(true)
  // Made at once it would not have seen this.
  const later = decodeDocument(bytes, { defersState: true })
  bytes[Buffer.from(bytes).indexOf('items') + 4] = 0x7a
  expect(later.state).toHaveProperty('itemz')
})
