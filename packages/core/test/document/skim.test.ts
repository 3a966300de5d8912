import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pack, unpack } from '../../src/document/packer.ts'
import { spanOfProperty } from '../../src/document/skim.ts'
import { adopt } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { randomState } from '../diff/random-edits.ts'
import { anyState } from './any-values.ts'
import { propertySettings } from './property-settings.ts'

function packed(state: unknown, others: object = { ids: Buffer.alloc(16), createdAt: 1_700_000_000_000 }): Buffer {
  return Buffer.from(pack({ state, ...others }))
}

/** What is read through the span: the state by itself, and the others without it. Undefined where there is none. */
function readBySpan(bytes: Buffer): readonly [state: unknown, others: unknown] | undefined {
  const span = spanOfProperty(bytes, 'state')
  if (span === undefined) return undefined
  const others = Buffer.concat([bytes.subarray(0, span.start), Buffer.of(0xc0), bytes.subarray(span.end)])
  return [adopt(unpack(bytes.subarray(span.start, span.end))), unpack(others)]
}

describe('where a span is told, what is read through it is what reading the whole gives', () => {
  const expectSame = (bytes: Buffer): void => {
    const read = readBySpan(bytes)
    if (read === undefined) return
    const whole = unpack(bytes) as Record<string, unknown>
    expect(orderedText(read[0])).toBe(orderedText(adopt(whole['state'])))
    expect(orderedText(read[1])).toBe(orderedText({ ...whole, state: null }))
  }

  test('of every state that can be stored', () => {
    fc.assert(
      fc.property(anyState, state => expectSame(packed(state))),
      propertySettings(150),
    )
    fc.assert(
      fc.property(randomState, make => expectSame(packed(make()))),
      propertySettings(150),
    )
  })

  test('of whatever bytes: a fault is never found later than now', () => {
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyState, damage, (state, bytes) => {
        const damaged = packed(state)
        for (const [at, byte] of bytes) damaged[at % damaged.length] = byte
        expectSame(damaged)
      }),
      propertySettings(1500),
    )
  })
})

describe('a span is told', () => {
  const item = (index: number): object => ({ sku: `a${index}`, price: 1.5, count: index, isNew: true, note: null })
  const states: Record<string, unknown> = {
    'an empty state': {},
    'a cart': { items: Array.from({ length: 40 }, (_, index) => item(index)), at: new Date(1_700_000_000_123) },
    'long texts and lists': { text: 'é'.repeat(70_000), list: Array.from({ length: 70_000 }, () => 1) },
    'numbers of every width': {
      numbers: [0, 63, 64, 200, 40_000, 2 ** 31, 2 ** 40, -1, -100, -30_000, -(2 ** 31), 0.1],
    },
    'bytes of every width': { bytes: [0, 300, 70_000].map(length => new Uint8Array(length)) },
    'more shapes than there are ids': Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`k${index}`, { [`a${index}`]: [{ [`b${index % 90}`]: 1 }] }]),
    ),
    'keys that are nearly reserved': { prototypes: 1, construct: 1, __keys: 1, constructoR: 1 },
  }
  for (const [what, state] of Object.entries(states)) {
    test(`for ${what}`, () => {
      const read = readBySpan(packed(state))
      expect(orderedText(read?.[0])).toBe(orderedText(state))
    })
  }
})

test('a span is told beside properties that hold Maps', () => {
  const others = { fences: new Map([['session:a', 1]]), indexed: [['user', new Map([['b', 2]])]], createdAt: 5 }
  const read = readBySpan(packed({ a: 1 }, others))
  expect(orderedText(read)).toBe(orderedText([{ a: 1 }, { state: null, ...others }]))
})

describe('no span is told', () => {
  const unknown: Record<string, Buffer> = {
    'a Map, which only the unpacker reads': packed({ map: new Map([[1, 2]]) }),
    'a Set': packed({ set: new Set([1]) }),
    'a large bigint': packed({ big: 2n ** 80n }),
    'a reserved key': packed({ a: { constructor: 1 } }),
    'a state deeper than any': packed(Array.from({ length: 300 }).reduce<object>(inner => ({ inner }), {})),
    'another property with the shape of one in the state': packed(
      { inner: { idleMs: 1 } },
      { lifetime: { idleMs: 2 } },
    ),
    'a state with the shape of the whole': packed({ state: 1, ids: 2 }, { ids: 3 }),
    'no such property': Buffer.from(pack({ other: {} })),
    'what is no object': Buffer.from(pack([1])),
    'no bytes': Buffer.alloc(0),
    'more bytes behind it': Buffer.concat([packed({}), Buffer.of(0)]),
  }
  for (const [what, bytes] of Object.entries(unknown)) {
    test(`for ${what}`, () => expect(spanOfProperty(bytes, 'state')).toBeUndefined())
  }

  test('for bytes that are cut', () => {
    const whole = packed({
      items: [
        { a: 'text', b: 300 },
        { a: 'x', b: 70_000 },
      ],
      at: new Date(1),
    })
    for (let length = 0; length < whole.length; length++) {
      expect(spanOfProperty(whole.subarray(0, length), 'state'), `${length}`).toBeUndefined()
    }
  })
})
