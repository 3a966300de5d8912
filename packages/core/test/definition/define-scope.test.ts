import { expect, test } from 'vitest'
import { InvalidArgumentError, counter, defineScope, set } from '../../src/index.ts'

const initial = (): { n: number } => ({ n: 0 })

const refused: readonly [string, unknown][] = [
  ['digits without a unit', '3600000'],
  ['a small number as text', '30'],
  ['an empty text', ''],
  ['a fraction', '1.5h'],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a negative number', -1],
  ['zero', 0],
  ['a Date', new Date()],
  ['undefined, as from a missing environment variable', undefined],
]

for (const option of ['idle', 'absolute']) {
  test.each(refused)(`${option}: %s is refused, and the option is named`, (_name, value) => {
    const declare = (): unknown => defineScope({ kind: 'session', initial, [option]: value })
    expect(declare).toThrow(InvalidArgumentError)
    expect(declare).toThrow(option)
  })
}

test('an absolute lifetime that is shorter than the idle one is refused', () => {
  expect(() => defineScope({ kind: 'session', initial, idle: '2h', absolute: '1h' })).toThrow(/absolute/)
})

test('2^31 milliseconds and 400 days are lifetimes', () => {
  expect(defineScope({ kind: 'session', initial, idle: 2 ** 31 }).lifetime.idleMs).toBe(2 ** 31)
  expect(defineScope({ kind: 'session', initial, absolute: '400d' }).lifetime.absoluteMs).toBe(400 * 86_400_000)
})

test.each(['lock', 'index', 'end', 'a:b', '', 'ä'])('the kind %j is refused', kind => {
  expect(() => defineScope({ kind, initial })).toThrow(InvalidArgumentError)
})

test('an option that is not known is refused, and named', () => {
  expect(() => defineScope({ kind: 'session', initial, idel: '30m' } as never)).toThrow(/idel/)
  expect(() => defineScope({ kind: 'session', initial, limits: { byte: 1 } } as never)).toThrow(/limits .*"byte"/)
})

test.each([undefined, null, 'session', initial])('%s instead of options is refused by an own error', options => {
  expect(() => defineScope(options as never)).toThrow(InvalidArgumentError)
})

test('a number that was given as a text is shown as one', () => {
  expect(() => defineScope({ kind: 'session', initial, limits: { bytes: '9' } } as never)).toThrow(
    'limits.bytes is "9"',
  )
})

test.each<[string, unknown, RegExp]>([
  ['undefined, as from a misspelt import', undefined, /merge is undefined; it must be a plain object/],
  ['a Map, which has no patterns that anybody would see', new Map([['hits', counter()]]), /merge is an object/],
  ['a reserved key, which no state has', { 'a.constructor': counter() }, /"a\.constructor" names "constructor"/],
  ['two patterns for one place', { 'a.*': counter(), '*.b': set() }, /"a\.\*" and "\*\.b"/],
  ['a policy that is none', { a: 'counter()' }, /"a" is no policy/],
])('merge: %s is refused', (_name, merge, message) => {
  const declare = (): unknown => defineScope({ kind: 'session', initial, merge } as never)
  expect(declare).toThrow(InvalidArgumentError)
  expect(declare).toThrow(message)
})
