import { describe, expect, it, vi } from 'vitest'
import type { ConflictError } from '../../../src/errors.ts'
import type { MergeContest } from '../../../src/merge/conflict.ts'
import { counter } from '../../../src/merge/policies/counter.ts'
import { firstWriter } from '../../../src/merge/policies/first-writer.ts'
import { listBy } from '../../../src/merge/policies/list-by.ts'
import { reject } from '../../../src/merge/policies/reject.ts'
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
    const first = mergeRecipes({ base, ours, theirs, policies: { ...policies, '*': firstWriter() } })
    expect(first.value).toEqual({ cart: [item('A'), item('B'), item('C')] })
    expect(first.conflicts).toMatchObject([{ path: ['cart'], kind: 'order', policy: 'firstWriter', lost: 'ours' }])
    const refused = refusalOf({ base, ours, theirs, policies: { ...policies, '*': reject() } })
    expect((refused as ConflictError).rejected).toMatchObject([{ path: ['cart'], kind: 'order' }])
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
