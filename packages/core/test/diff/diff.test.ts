import { describe, expect, it } from 'vitest'
import { pack } from '../../src/document/packer.ts'
import { record } from '../../src/draft/record.ts'
import { captureRoot } from '../../src/value/plain-data.ts'

interface Item {
  id: number
  name?: string
  quantity: number
}

interface Shop {
  list: Item[]
  user: Record<string, unknown>
  cart: { items: number[]; coupon: string }
  flat: Record<string, unknown>
  tags: string[]
  map: Map<unknown, { n: number }>
}

const shop = captureRoot({
  list: Array.from({ length: 100 }, (_, id) => ({ id, name: `item ${id}`, quantity: 1 })),
  user: { id: 1, name: 'Ann', address: { street: 'A', town: 'B' } },
  cart: { items: [1, 2], coupon: '' },
  flat: { theme: 'light', language: 'en' },
  tags: ['a', 'b'],
  map: new Map([['k', { n: 1 }]]),
})
const item = { id: 1000, quantity: 1 }

describe('the diff of a recipe (merge rules 7 to 11)', () => {
  const diffs: readonly (readonly [string, (draft: Shop) => unknown, unknown])[] = [
    [
      'a field far below',
      d => (d.list[17] = { ...at(d, 17), quantity: 5 }),
      [2, 'list', [3, 100, 0, [17, [2, 'quantity', [0, 5]]]]],
    ],
    ['an element edited in place', d => at(d, 17).quantity++, [2, 'list', [3, 100, 0, [17, [2, 'quantity', [0, 2]]]]]],
    ['push', d => d.list.push(item), [2, 'list', [3, 100, [0, 100, [item]]]]],
    ['shift', d => d.list.shift(), [2, 'list', [3, 100, [1, 99]]]],
    ['splice', d => d.list.splice(50, 1, item), [2, 'list', [3, 100, [0, 50, [item], 51, 49]]]],
    ['filter copy', d => (d.list = d.list.filter(({ id }) => id !== 3)), [2, 'list', [3, 100, [0, 3, 4, 96]]]],
    [
      'map copy',
      d => (d.list = d.list.map(one => (one.id === 3 ? { ...one, quantity: 0 } : one))),
      [2, 'list', [3, 100, 0, [3, [2, 'quantity', [0, 0]]]]],
    ],
    ['swap', d => ([d.tags[0], d.tags[1]] = ['b', 'a']), [2, 'tags', [3, 2, [1, 1, 0, 1]]]],
    ['emptied', d => (d.tags.length = 0), [2, 'tags', [3, 2, []]]],
    ['a list assigned that keeps nothing', d => (d.tags = ['x', 'y']), [2, 'tags', [0, ['x', 'y']]]],
    ['a list assigned that keeps something', d => (d.tags = ['x', 'b']), [2, 'tags', [3, 2, 0, [0, [0, 'x']]]]],
    ['an equal list assigned', d => (d.tags = ['a', 'b']), undefined],
    ['an equal object assigned', d => (d.flat = { language: 'en', theme: 'light' }), undefined],
    ['a copy with the id', d => (d.user = { ...d.user, name: 'Anna' }), [2, 'user', [2, 'name', [0, 'Anna']]]],
    ['another id', d => (d.user = { id: 2, name: 'Bo' }), [2, 'user', [0, { id: 2, name: 'Bo' }]]],
    [
      'a copy that holds an inner container',
      d => (d.cart = { ...d.cart, coupon: 'X' }),
      [2, 'cart', [2, 'coupon', [0, 'X']]],
    ],
    [
      'a flat copy without id',
      d => (d.flat = { ...d.flat, theme: 'dark' }),
      [2, 'flat', [0, { theme: 'dark', language: 'en' }]],
    ],
    [
      'an object put into a copy',
      d => (d.user = { ...d.user, address: { street: 'C', town: 'B' } }),
      [2, 'user', [2, 'address', [0, { street: 'C', town: 'B' }]]],
    ],
    ['a property deleted', d => delete d.flat['theme'], [2, 'flat', [2, 'theme', [1]]]],
    ['a Map entry', d => (entry(d).n = 2), [2, 'map', [4, 'k', [2, 'n', [0, 2]]]]],
    [
      'a Map assigned anew',
      d => (d.map = new Map(d.map).set('k', { n: 1 }).set(1, { n: 5 })),
      [2, 'map', [4, 1, [0, { n: 5 }]]],
    ],
  ]
  for (const [what, recipe, expected] of diffs) {
    it(what, () => expect(record(shop, recipe)?.diff).toEqual(expected))
  }

  it('takes an element for an edited copy when it is alike and the array has changed its shape', () => {
    const base = captureRoot({ l: [1, 2, 3].map(n => ({ a: n, b: n, n: 0 })) })
    const recorded = record(base, ({ l }: { l: { n: number }[] }) => {
      l.shift()
      for (const element of l.slice(0, 1)) element.n = 5
    })
    expect(recorded?.diff).toEqual([2, 'l', [3, 3, [1, 2], [1, [2, 'n', [0, 5]]]]])
  })

  it('is as small as the change', () => {
    const bytes = (recipe: (draft: Shop) => unknown): number => pack(record(shop, recipe)?.diff).length
    expect(bytes(draft => draft.list.shift())).toBeLessThan(16)
    expect(bytes(draft => draft.list.sort((left, right) => right.id - left.id))).toBeLessThan(260)
  })

  it('is right where immer’s patches are wrong: an edited element, copied before and after', () => {
    const base = captureRoot({ a: [{ x: 1 }] })
    const recorded = record(base, (draft: { a: { x: number }[]; c?: unknown }) => {
      for (const element of draft.a) element.x = 2
      draft.c = [...draft.a]
    })
    expect(recorded?.state).toEqual({ a: [{ x: 2 }], c: [{ x: 2 }] })
  })
})

function at(draft: Shop, index: number): Item {
  const found = draft.list[index]
  if (found === undefined) throw new Error('no such item')
  return found
}

function entry(draft: Shop): { n: number } {
  return draft.map.get('k') ?? { n: 0 }
}
