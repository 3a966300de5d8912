import fc from 'fast-check'
import type { State } from '../../src/value/plain-data.ts'
import type { Change } from './sample-documents.ts'

/** Keys that a state may have. */
const anyKey: fc.Arbitrary<string> = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter(key => !['__proto__', 'prototype', 'constructor'].includes(key))

/** Values of every storable kind, nested. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  leaf: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.double().map(number => number + 0),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 20 }),
  ),
  value: fc.oneof(
    { weight: 5, arbitrary: tie('leaf') },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.dictionary(anyKey, tie('value'), { maxKeys: 4, noNullPrototype: true }) },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(fc.tuple(anyKey, tie('value')), { maxLength: 3, selector: ([key]) => key })
        .map(entries => new Map(entries)),
    },
    { weight: 1, arbitrary: fc.uniqueArray(fc.integer(), { maxLength: 4 }).map(members => new Set(members)) },
  ),
})).value

/** States with few keys at the root, so that changes hit them. */
export const anyState: fc.Arbitrary<State> = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), anyValue, {
  noNullPrototype: true,
})

/** Changes that set and delete these keys, and one more. */
export const anyChange: fc.Arbitrary<Change> = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  value: fc.option(anyValue, { nil: undefined, freq: 4 }),
})
