import { describe, expect, test } from 'vitest'
import { CaselessViews } from '../../src/scope/caseless.ts'

type Struct = Record<string, unknown>

const viewOf = (object: unknown): Struct => new CaselessViews().of(object) as Struct

test('a key is found whatever its case, and the one that was written first stays', () => {
  const object: Struct = { Cart: 1 }
  const view = viewOf(object)
  view['CART'] = 2
  view['New'] = 3
  expect([view['cart'], 'cArT' in view, object]).toEqual([2, true, { Cart: 2, New: 3 }])
  delete view['NEW']
  expect(object).toEqual({ Cart: 2 })
})

test('where two keys differ only in case each is found by itself, and the first by any other', () => {
  expect(['a', 'A'].map(key => viewOf({ a: 1, A: 2 })[key])).toEqual([1, 2])
  expect(viewOf({ ab: 1, AB: 2 })['aB']).toBe(1)
})

test('it holds at any depth, through lists too, and the same part is the same view', () => {
  const object = { Items: [{ Qty: 1 }, { Qty: 2 }] }
  const view = viewOf(object)
  const items = view['items'] as Struct[]
  expect(items).toBe(view['ITEMS'])
  for (const item of items) item['qty'] = 5
  items.push({ QTY: 7 })
  expect(object).toEqual({ Items: [{ Qty: 5 }, { Qty: 5 }, { QTY: 7 }] })
  expect([items.length, Array.isArray(items), items.map(item => item['qty'])]).toEqual([3, true, [5, 5, 7]])
})

test('what is assigned from a view is the object itself', () => {
  const object: Struct = { A: { n: 1 } }
  const view = viewOf(object)
  view['b'] = view['a']
  expect(object['b']).toBe(object['A'])
})

test('frozen values can be read, whatever is in them', () => {
  const view = viewOf(Object.freeze({ A: Object.freeze([Object.freeze({ B: 1 })]) }))
  expect((view['a'] as Struct[])[0]?.['b']).toBe(1)
  expect(JSON.stringify(view)).toBe('{"A":[{"B":1}]}')
  expect(Object.entries(view)).toEqual([['A', [{ B: 1 }]]])
})

describe('what is no struct is left as it is', () => {
  test.each([
    [new Date(7)],
    [new Map([['a', 1]])],
    [new Set([1])],
    [Uint8Array.of(1)],
    ['text'],
    [3n],
    [null],
    [undefined],
  ])('%s', value => {
    expect(viewOf(value)).toBe(value)
    expect(viewOf({ Value: value })['value']).toBe(value)
  })
})
