import { expect, test } from 'vitest'
import { quoted } from '../../src/value/quoted.ts'

test.each<[unknown, string]>([
  ['1', '"1"'],
  [1, '1'],
  [1n, '1n'],
  [NaN, 'NaN'],
  [undefined, 'undefined'],
  [null, 'null'],
  [Symbol('x'), 'Symbol(x)'],
  [[], 'an array'],
  [Object.create(null), 'an object'],
  [new Date(NaN), 'a Date'],
  [() => 1, 'a function'],
  ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
])('what is refused is shown as what it is: %#', (value, shown) => {
  expect(quoted(value)).toBe(shown)
})
