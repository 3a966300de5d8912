import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { pack, unpack } from '../../src/document/packer.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { randomState } from '../diff/random-edits.ts'
import { propertySettings } from './property-settings.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

describe('packing', () => {
  const traps: Record<string, unknown> = {
    'small and large bigints': [0n, 1n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n) - 1n, 1n << 3000n],
    'integers beyond 32 bits': [2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63, 1e300, 5e-324],
    'numbers that are none': [NaN, Infinity, -Infinity],
    'dates at the ends of time': [8.64e15, -8.64e15, 0, -1, -62_135_596_800_001, 4_294_967_296_000].map(
      time => new Date(time),
    ),
    'a Set in a Map in a Map': new Map([['a', new Map([[1, new Set<unknown>([1, '1', null])]])]]),
    'every kind of Map key': new Map<unknown, unknown>([
      [1, 1],
      ['1', 2],
      [1n, 3],
      [true, 4],
      [null, 5],
      [NaN, 6],
    ]),
    'methods as keys': { hasOwnProperty: 1, toString: 2, valueOf: 3, toJSON: 4, length: 5, size: 6 },
    'keys that look like integers': { '01': 1, '1': 2, '10': 3, b: 4, a: 5 },
    'empty containers': [{}, [], new Map(), new Set(), '', new Uint8Array(0), {}],
    'more shapes than a dictionary holds': Array.from({ length: 300 }, (_, index) => ({ [`a${index}`]: 1, b: {} })),
    'one set of keys in two orders': [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 3, b: 4 },
    ],
    'bytes': [new Uint8Array([0, 255]), new Uint8Array(70_000)], // prettier-ignore
    'long and wide text': ['é'.repeat(100_000), '🙂'.repeat(40), '\ufeffx', 'a\0b'],
  }
  for (const [what, value] of Object.entries(traps)) {
    it(`keeps ${what}`, () => expect(orderedText(unpack(pack(value)))).toBe(orderedText(value)))
  }

  it('keeps every value that can be stored', () => {
    fc.assert(
      fc.property(randomState, make => {
        // -0 is never stored.
        const text = orderedText(make()).replaceAll('-0', '0')
        expect(orderedText(unpack(pack(make()))).replaceAll('-0', '0')).toBe(text)
      }),
      propertySettings(60),
    )
  })

  it('leaves no mark on the bytes that it reads', () => {
    const bytes = new Uint8Array(pack({ a: 1 }))
    unpack(bytes)
    expect(Object.getOwnPropertyNames(bytes)).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })

  it('refuses bytes that are not exactly one value', () => {
    const bytes = pack({ a: [1, 2, 3], b: 'text' })
    for (let length = 0; length < bytes.length; length++) {
      expect(() => unpack(bytes.subarray(0, length))).toThrow(UnreadableDocumentError)
    }
    expect(() => unpack(Buffer.concat([bytes, bytes]))).toThrow(UnreadableDocumentError)
    expect(() => unpack(new Uint8Array(100_000).fill(0x91))).toThrow(UnreadableDocumentError)
    // A pointer, which could make a value hold itself.
    expect(() => unpack(Uint8Array.from([0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xd6, 0x70, 0, 0, 0, 1]))).toThrow(
      UnreadableDocumentError,
    )
  })
})
