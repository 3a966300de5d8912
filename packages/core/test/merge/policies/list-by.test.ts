import { describe, expect, it, vi } from 'vitest'
import type { ConflictError } from '../../../src/errors.ts'
import { record } from '../../../src/draft/record.ts'
import { merge } from '../../../src/merge/merge.ts'
import type { MergeContest } from '../../../src/merge/conflict.ts'
import { counter } from '../../../src/merge/policies/counter.ts'
import { firstWriter } from '../../../src/merge/policies/first-writer.ts'
import { lastWriter } from '../../../src/merge/policies/last-writer.ts'
import { listBy } from '../../../src/merge/policies/list-by.ts'
import { reject } from '../../../src/merge/policies/reject.ts'
import { compilePolicies } from '../../../src/merge/policy-table.ts'
import { captureRoot } from '../../../src/value/plain-data.ts'
import { type Recipe, mergeRecipes, refusalOf, write } from '../merge-recipes.ts'

describe('listBy() (merge rule 30)', () => {
  interface Item {
    sku: string
    quantity: number
    note?: string
  }
  type Cart = { cart: Item[] }
  const item = (sku: string, quantity = 1): Item => ({ sku, quantity })
  const policies = { cart: listBy('sku'), 'cart.*.quantity': counter() }

  it('merges lists that both sides made anew by the fields of their elements', () => {
    const { value, conflicts } = mergeRecipes({
      base: { cart: [item('A'), item('B')] },
      ours: write({ cart: [{ ...item('A', 2), note: 'o' }, item('B')] }),
      theirs: write({ cart: [item('B', 4), { ...item('A', 3), note: 't' }] }),
      policies,
    })
    expect(value).toEqual({ cart: [item('B', 4), { ...item('A', 4), note: 'o' }] })
    expect(conflicts).toMatchObject([
      { path: ['cart', 'A', 'quantity'], policy: 'counter', result: 4 },
      { path: ['cart', 'A', 'note'], base: undefined, policy: 'lastWriter', result: 'o' },
    ])
  })

  it('of an element that both sides added makes one, where theirs put it, and its counters add up', () => {
    const { value, conflicts } = mergeRecipes({
      base: { cart: [item('A')] },
      ours: (draft: Cart) => void draft.cart.unshift({ ...item('N', 2), note: 'o' }),
      theirs: (draft: Cart) => void draft.cart.push(item('N', 3)),
      policies,
    })
    expect(value).toEqual({ cart: [item('A'), { ...item('N', 5), note: 'o' }] })
    expect(conflicts).toMatchObject([{ path: ['cart', 'N', 'quantity'], base: undefined, policy: 'counter' }])
  })

  it('tells a function for the element that nothing was there, when both sides added it', () => {
    const asked = vi.fn<(contest: MergeContest) => unknown>(({ ours }) => ours)
    const { value } = mergeRecipes({
      base: { cart: [] },
      ours: (draft: Cart) => void draft.cart.push(item('N', 2)),
      theirs: (draft: Cart) => void draft.cart.push(item('N', 3)),
      policies: { cart: listBy('sku'), 'cart.*': asked },
    })
    expect(value).toEqual({ cart: [item('N', 2)] })
    expect(asked.mock.calls).toMatchObject([[{ path: ['cart', 'N'], base: undefined }]])
  })

  it('knows an element that is gone from one added under the same key', () => {
    const { value } = mergeRecipes({
      base: { cart: [item('A'), item('B')] },
      ours: (draft: Cart) => void draft.cart.shift(),
      theirs: [(draft: Cart) => void draft.cart.shift(), (draft: Cart) => void draft.cart.push(item('A', 9))],
      policies,
    })
    expect(value).toEqual({ cart: [item('B')] })
  })

  it('takes the keys of the elements as segments, whatever they are', () => {
    const numbered = { '*': listBy('n'), 'list.7.v': counter() }
    const base = { list: [{ n: 7, v: 1 }, { n: 8n, v: 1 }, { n: '8', v: 1 }] } // prettier-ignore
    const { value, conflicts } = mergeRecipes({
      base,
      ours: (draft: typeof base) => draft.list.forEach(entry => entry.v++),
      theirs: (draft: typeof base) => draft.list.reverse().forEach(entry => (entry.v += 2)),
      policies: numbered,
    })
    expect(value).toEqual({ list: [{ n: '8', v: 2 }, { n: 8n, v: 2 }, { n: 7, v: 4 }] }) // prettier-ignore
    expect(conflicts.map(({ path }) => path)).toEqual([
      ['list', 7, 'v'],
      ['list', 8n, 'v'],
      ['list', '8', 'v'],
    ])
  })

  it('does not look at other ids', () => {
    const { value } = mergeRecipes({
      base: { cart: [{ sku: 'A', id: 1, x: 1, y: 1 }] },
      ours: write({ cart: [{ sku: 'A', id: 2, x: 2, y: 1 }] }),
      theirs: write({ cart: [{ sku: 'A', id: 1, x: 1, y: 2 }] }),
      policies: { cart: listBy('sku') },
    })
    expect(value).toEqual({ cart: [{ sku: 'A', id: 2, x: 2, y: 2 }] })
  })

  it.each<[string, unknown[], unknown[], unknown[]]>([
    ['twice the same key in the base', [item('A'), item('A')], [item('A'), item('A'), 1], [item('A'), item('A'), 2]],
    ['twice the same key in ours', [item('A')], [item('A'), item('A', 2)], [item('A'), item('B')]],
    ['an element without the key in theirs', [item('A')], [item('A'), item('B')], [item('A'), { quantity: 1 }]],
    ['a key that is no key', [item('A')], [item('A'), item('B')], [item('A'), { sku: true }]],
    ['an inherited key', [item('A')], [item('A'), item('B')], [item('A'), [1]]],
  ])('merges as a plain array, and says so: %s', (_, base, ours, theirs) => {
    const push = (list: unknown[]): Recipe => {
      return (draft: { cart: unknown[] }) => void draft.cart.push(...structuredClone(list.slice(base.length)))
    }
    const { value, conflicts } = mergeRecipes({
      base: { cart: base },
      ours: push(ours),
      theirs: push(theirs),
      policies: { cart: listBy('sku') },
    })
    const result = [...base, ...theirs.slice(base.length), ...ours.slice(base.length)]
    expect(value).toEqual({ cart: result })
    expect(conflicts).toEqual([
      { path: ['cart'], kind: 'keys', base, ours, theirs, policy: 'listBy', result, lost: 'none' },
    ])
  })

  it('merges lists that both sides started as plain ones too, where a key is there twice', () => {
    const { value, conflicts } = mergeRecipes({
      base: {},
      ours: write({ cart: [item('A'), item('A')] }),
      theirs: write({ cart: [item('B')] }),
      policies: { cart: listBy('sku') },
    })
    expect(value).toEqual({ cart: [item('B'), item('A'), item('A')] })
    expect(conflicts).toMatchObject([{ path: ['cart'], kind: 'keys', base: undefined, lost: 'none' }])
  })

  it('is not asked where there is no list', () => {
    const { value, conflicts } = mergeRecipes({
      base: { cart: [item('A')] },
      ours: write({ cart: 'none' }),
      theirs: (draft: Cart) => void draft.cart.push(item('B')),
      policies,
    })
    expect(value).toEqual({ cart: 'none' })
    expect(conflicts).toMatchObject([{ path: ['cart'], kind: 'inside', policy: 'lastWriter' }])
  })

  it('contests orders at the list, by key as well', () => {
    const base = { cart: [item('C'), item('A'), item('B')] }
    const ours = (draft: Cart): unknown => draft.cart.reverse()
    const theirs = (draft: Cart): unknown => draft.cart.sort((left, right) => (left.sku < right.sku ? -1 : 1))
    const decided = mergeRecipes({ base, ours, theirs, policies: { ...policies, '*': firstWriter() } })
    expect(decided.value).toEqual({ cart: [item('A'), item('B'), item('C')] })
    expect(decided.conflicts).toMatchObject([{ path: ['cart'], kind: 'order', policy: 'firstWriter', lost: 'ours' }])
    const refused = refusalOf({ base, ours, theirs, policies: { ...policies, '*': reject() } })
    expect((refused as ConflictError).rejected).toMatchObject([{ path: ['cart'], kind: 'order' }])
  })

  it.each([[{}], [{ id: 1 }]])('takes an element whose key was changed for another one, also with %j', id => {
    const { value, conflicts } = mergeRecipes({
      base: { cart: [{ ...id, ...item('A') }, item('B')] },
      ours: (draft: Cart) => void first(draft.cart).quantity++,
      theirs: (draft: Cart) => void (first(draft.cart).sku = 'Z'),
      policies,
    })
    expect(value).toEqual({ cart: [{ ...id, ...item('Z') }, item('B')] })
    expect(conflicts).toMatchObject([{ path: ['cart', 'A'], kind: 'inside', lost: 'ours' }])
  })

  it('knows a record in an element by the key of that', () => {
    const prefs = (fields: object) => (draft: { cart: { sku: string; prefs: object }[] }) => {
      for (const entry of draft.cart) entry.prefs = { ...entry.prefs, ...fields }
    }
    const { value, conflicts } = mergeRecipes({
      base: { cart: ['A', 'B'].map(sku => ({ sku, prefs: { x: 1, y: 1 } })) },
      ours: prefs({ x: 2 }),
      theirs: prefs({ y: 2 }),
      policies: { cart: listBy('sku'), 'cart.B.prefs.*': lastWriter() },
    })
    expect(value).toMatchObject({ cart: [{ prefs: { x: 2, y: 1 } }, { prefs: { x: 2, y: 2 } }] })
    expect(conflicts).toMatchObject([{ path: ['cart', 'A', 'prefs'], kind: 'write/write' }])
  })

  describe('what is stored of a list that was made anew', () => {
    const table = compilePolicies({ cart: listBy('sku') })
    const anew = (...items: Item[]): Recipe => write({ cart: items })

    it.each<[string, Item[], Item[], unknown]>([
      ['one field', [item('A')], [item('A', 2)], [3, 1, 0, [0, [2, 'quantity', [0, 2]]]]],
      [
        'an exchange, and a field',
        [item('A'), item('B')],
        [item('B'), item('A', 2)],
        [3, 2, [1, 1, 0, 1], [0, [2, 'quantity', [0, 2]]]],
      ],
      ['a removal, and a field', [item('A'), item('B')], [item('B', 2)], [3, 2, [1, 1], [1, [2, 'quantity', [0, 2]]]]],
    ])('is %s', (_, before, after, diff) => {
      const base = captureRoot({ cart: before })
      expect(record(base, anew(...after), table)?.diff).toEqual([2, 'cart', diff])
    })

    it('is after a merge what theirs has not', () => {
      const base = captureRoot({ cart: [item('A'), item('B'), item('C')] })
      const ours = record(base, anew(item('B', 5), item('C'), item('A')), table)
      const theirs = record(base, (draft: Cart) => void draft.cart.push(item('D')), table)
      if (!ours || !theirs) throw new Error('both record')
      const merged = merge({ base, ours, theirs }, table).recorded
      expect(merged?.state).toEqual({ cart: [item('B', 5), item('C'), item('A'), item('D')] })
      expect(merged?.diff).toEqual([2, 'cart', [3, 4, [1, 2, 0, 1, 3, 1], [1, [2, 'quantity', [0, 5]]]]])
    })
  })

  it.each<[string, object, object]>([
    ['', {}, {}],
    [', and with another id of their own', { id: 1 }, { id: 2 }],
  ])('gives elements by key the parts of the base when the history is gone%s', (_, before, after) => {
    const parts = [{ at: { x: 1 } }, { at: { x: 2 } }]
    const { value, conflicts } = mergeRecipes({
      base: { cart: [{ ...item('A'), ...before, parts }, item('B')] },
      ours: (draft: { cart: { parts: typeof parts }[] }) => void (first(first(draft.cart).parts).at.x = 9),
      theirs: write({ cart: [item('B', 5), { ...item('A', 2), ...after, parts: [...parts, { at: { x: 3 } }] }] }),
      policies,
      isHistoryGone: true,
    })
    const merged = [{ at: { x: 9 } }, { at: { x: 2 } }, { at: { x: 3 } }]
    expect(value).toEqual({ cart: [item('B', 5), { ...item('A', 2), ...after, parts: merged }] })
    expect(conflicts).toEqual([])
  })

  it('finds elements by key when the history is gone', () => {
    const { value, conflicts } = mergeRecipes({
      base: { cart: [item('A'), item('B'), item('C')] },
      ours: (draft: Cart) =>
        draft.cart.forEach(({ quantity }, index) => ((draft.cart[index] as Item).quantity = quantity + 1)),
      theirs: write({ cart: [item('C', 7), item('A', 5)] }),
      policies,
      isHistoryGone: true,
    })
    expect(value).toEqual({ cart: [item('C', 8), item('A', 6)] })
    expect(conflicts).toMatchObject([
      { path: ['cart', 'A', 'quantity'], base: 1, ours: 2, theirs: 5, result: 6 },
      { path: ['cart', 'B'], kind: 'inside', lost: 'ours' },
      { path: ['cart', 'C', 'quantity'], result: 8 },
    ])
  })
})

function first<T>(list: readonly T[]): T {
  const [element] = list
  if (element === undefined) throw new Error('The list is empty.')
  return element
}
