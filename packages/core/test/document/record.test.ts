import { expect, test } from 'vitest'
import { derivedKey } from '../../src/document/derived-key.ts'
import { createDocument } from '../../src/document/encode.ts'
import { isRecord } from '../../src/document/frame.ts'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'
import { decodeRecord, encodeRecord } from '../../src/document/record.ts'
import { UnreadableDocumentError, decodeDocument, outlineOf, parseDocumentKey } from '../../src/index.ts'
import { plainFacts } from './sample-documents.ts'

const key = 'lock:n:a'

test('a record is read as it was written, and is no scope', () => {
  const bytes = encodeRecord({ holders: [{ id: 'a', beat: 3 }] })
  expect(decodeRecord(bytes, key)).toEqual({ holders: [{ id: 'a', beat: 3 }] })
  expect(isRecord(bytes)).toBe(true)
  expect(() => decodeDocument(bytes)).toThrow(UnreadableDocumentError)
  expect(outlineOf(bytes)).toBeUndefined()
})

test('any changed, missing or additional byte makes it unreadable', () => {
  const bytes = encodeRecord({ amount: 1 })
  for (let place = 0; place < bytes.length; place++) {
    const damaged = new Uint8Array(bytes)
    damaged[place] = (damaged[place] ?? 0) ^ 1
    expect(() => decodeRecord(damaged, key), `byte ${place}`).toThrow(UnreadableDocumentError)
    expect(() => decodeRecord(bytes.subarray(0, place), key)).toThrow(UnreadableDocumentError)
  }
  expect(() => decodeRecord(Buffer.concat([bytes, Buffer.alloc(1)]), key)).toThrow(/does not end/)
})

test('a scope is no record', () => {
  const life = drawLife()
  const { bytes } = createDocument({ life, commitId: drawCommitId(), deadline: 0, state: {}, facts: plainFacts })
  expect(() => decodeRecord(bytes, key)).toThrow(
    'The record "lock:n:a" is unreadable: it is a scope and no lock or index.',
  )
})

test('a derived key is the text while it fits; else it ends in a digest of the whole, and never looks like a text that fits', () => {
  expect(derivedKey('lock:n:a')).toBe('lock:n:a')
  expect(derivedKey('x'.repeat(242))).toBe('x'.repeat(242))
  const long = [...'äöü€😀a'].flatMap(letter => [letter.repeat(300), `${letter.repeat(300)}b`])
  const keys = long.map(derivedKey)
  expect(new Set(keys).size).toBe(long.length)
  for (const derived of keys) {
    const bytes = Buffer.byteLength(derived)
    expect(bytes).toBeGreaterThan(242)
    expect(bytes).toBeLessThanOrEqual(246)
    expect(derived).toMatch(/^.+~[0-9a-f]{64}$/u)
    expect(Buffer.from(derived).toString()).toBe(derived)
  }
  expect(parseDocumentKey(derivedKey(`lock:s:session:shop:${'x'.repeat(300)}`))).toBeUndefined()
})
