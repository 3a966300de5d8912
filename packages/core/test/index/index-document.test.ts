import { expect, test } from 'vitest'
import { drawLife } from '../../src/document/ids.ts'
import { packLife } from '../../src/document/fields.ts'
import { encodeRecord } from '../../src/document/record.ts'
import { type IndexDocument, decodeIndex, encodeIndex } from '../../src/index/index-document.ts'
import { indexKey } from '../../src/index/index-key.ts'

const life = drawLife()

test('what is written is what is read', () => {
  const document: IndexDocument = {
    entries: [
      { kind: 'session', id: 's1', life, version: 3, from: [] },
      { kind: 'client', id: 'ä:ö', life: drawLife(), version: 1, from: [life, drawLife()] },
    ],
    until: 2_000_000_000,
  }
  expect(decodeIndex(encodeIndex(document), 'index:shop:user:ann')).toEqual(document)
  expect(decodeIndex(encodeIndex({ entries: [], until: 0 }), 'k')).toEqual({ entries: [], until: 0 })
})

test.each([
  ['no object', []],
  ['no entries', { until: 0 }],
  ['no end', { entries: [] }],
  ['an end below 0', { entries: [], until: -1 }],
  ['an entry that is no list', { entries: [{}], until: 0 }],
  ['a kind that is a number', { entries: [[1, 's', packLife(life), 1]], until: 0 }],
  ['an id that is missing', { entries: [['session']], until: 0 }],
  ['a life that is short', { entries: [['session', 's', new Uint8Array(3), 1]], until: 0 }],
  ['a version in words', { entries: [['session', 's', packLife(life), 'one']], until: 0 }],
  ['a source that is no life', { entries: [['session', 's', packLife(life), 1, 'x']], until: 0 }],
])('an index with %s is unreadable, and its key is named', (_what, value) => {
  const read = (): unknown => decodeIndex(encodeRecord(value), 'index:shop:user:ann')
  expect(read).toThrow(expect.objectContaining({ code: 'unreadable', key: 'index:shop:user:ann' }))
})

test('a damaged index is unreadable', () => {
  const bytes = encodeIndex({ entries: [{ kind: 'session', id: 's1', life, version: 1, from: [] }], until: 0 })
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  expect(() => decodeIndex(bytes, 'k')).toThrow(expect.objectContaining({ code: 'unreadable' }))
})

test('the key of an index holds any value, and has at most 246 bytes', () => {
  expect(indexKey('shop', 'user', 'ann')).toBe('index:shop:user:ann')
  const keys = ['x'.repeat(500), `${'x'.repeat(500)}y`, 'ä'.repeat(150)].map(value => indexKey('shop', 'user', value))
  for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(246)
  expect(new Set(keys).size).toBe(3)
  expect(keys[0]).toMatch(/^index:shop:user:x+~[0-9a-f]{64}$/)
})
