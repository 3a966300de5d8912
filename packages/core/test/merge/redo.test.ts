import { describe, expect, it } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'
import { ConflictError, InvalidStateError } from '../../src/errors.ts'
import type { MergeConflict } from '../../src/merge/conflict.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import { counter } from '../../src/merge/policies/counter.ts'
import { firstWriter } from '../../src/merge/policies/first-writer.ts'
import { listBy } from '../../src/merge/policies/list-by.ts'
import { reject } from '../../src/merge/policies/reject.ts'
import { captureRoot } from '../../src/value/plain-data.ts'
import { type Anything, type Recipe, type Shop, diffsOf, merged, recordedOn, shop } from './op-shop.ts'

function announced({ conflicts }: Merged): Partial<MergeConflict>[] {
  return conflicts.map(({ path, kind, policy, result, lost }) => ({ path, kind, policy, result, lost }))
}

describe('an op in a merge is done to whatever is there', () => {
  it('a number that theirs counted on, and one that theirs wrote', () => {
    const result = merged(draft => inc(draft, 'hits', 2), [draft => inc(draft, 'hits', 1), draft => (draft.hits += 10)])
    expect(result.recorded?.state).toEqual({ ...shop, hits: 18 })
    expect(result.conflicts).toEqual([])
  })

  it('a number that both began', () => {
    const result = merged(draft => inc(draft, 'total', 2), [draft => inc(draft, 'total', 1)])
    expect(result.recorded?.state['total']).toBe(3)
    expect(result.conflicts).toEqual([])
  })

  it('a number that ours began and theirs left alone', () => {
    const result = merged(draft => inc(draft, 'total', 2), [draft => inc(draft, 'hits', 1)])
    expect(result.recorded?.state).toEqual({ ...shop, hits: 6, total: 2 })
    expect(result.conflicts).toEqual([])
  })

  it('inside a parent that theirs replaced', () => {
    const result = merged(
      draft => inc(draft, ['stats', 'hits'], 2),
      [draft => (draft.stats = { hits: 100, name: 'new' })],
    )
    expect(result.recorded?.state['stats']).toEqual({ hits: 102, name: 'new' })
    expect(result.conflicts).toEqual([])
  })

  it('members that theirs put in or took out meanwhile', () => {
    const result = merged(
      draft => {
        addToSet(draft, 'tags', 'x', 'y')
        removeFromSet(draft, 'flags', 'a', 'z')
      },
      [
        draft => {
          draft.tags = ['y', 'b']
          draft.flags.add('z').add('c')
        },
      ],
    )
    expect(result.recorded?.state).toMatchObject({ tags: ['y', 'b', 'x'], flags: new Set(['c']) })
  })

  it('an element that theirs moved, in a list that is shorter now', () => {
    const result = merged(draft => moveBy(draft, 'cart', 'sku', 'A', 1), [draft => draft.cart.pop()])
    expect(result.recorded).toBeUndefined()
    expect(result.conflicts).toEqual([])
  })

  it('beside plain edits of the same element, which merge as ever', () => {
    const result = merged(
      draft => {
        inc(draft, ['cart', { sku: 'B' }, 'n'], 1)
        const [, item] = draft.cart
        if (item) item.name = 'ours'
      },
      [
        draft => {
          draft.cart.unshift({ sku: 'C', n: 7 })
          const item = draft.cart[2]
          if (item) item.n = 40
        },
      ],
      { cart: listBy('sku') },
    )
    expect(result.recorded?.state['cart']).toEqual([
      { sku: 'C', n: 7 },
      { sku: 'A', n: 1 },
      { sku: 'B', n: 41, name: 'ours' },
    ])
    expect(result.conflicts).toEqual([])
  })

  it('several in the order of the calls, also on what an earlier one put in', () => {
    const result = merged(
      draft => {
        append(draft, 'cart', { sku: 'D', n: 0, tags: [] })
        inc(draft, ['cart', { sku: 'D' }, 'n'], 2)
        addToSet(draft, ['cart', { sku: 'D' }, 'tags'], 'new')
        moveBy(draft, 'cart', 'sku', 'D', 0)
      },
      [draft => draft.cart.push({ sku: 'E', n: 1 })],
    )
    expect((result.recorded?.state as unknown as Shop | undefined)?.cart.map(({ sku }) => sku)).toEqual([
      'D',
      'A',
      'B',
      'E',
    ])
    expect(result.recorded?.state['cart']).toContainEqual({ sku: 'D', n: 2, tags: ['new'] })
  })

  it('under a policy of its place, which is not asked', () => {
    const policies = { hits: counter(), cart: listBy('sku') }
    const ours: Recipe = draft => {
      inc(draft, 'hits', 2)
      inc(draft, ['cart', { sku: 'A' }, 'n'], 2)
    }
    const result = merged(ours, [draft => draft.hits++, draft => (draft.cart = [{ sku: 'A', n: 10 }])], policies)
    expect(result.recorded?.state).toMatchObject({ hits: 8, cart: [{ sku: 'A', n: 12 }] })
    expect(result.conflicts).toEqual([])
  })

  it('where the history is gone', () => {
    const theirs = foldDiffs(diffsOf([draft => inc(draft, 'hits', 1), draft => append(draft, 'log', 't')]), shop).state
    const ours = recordedOn(shop, draft => {
      inc(draft, 'hits', 2)
      append(draft, 'log', 'o')
    })
    const result = merge({
      base: shop,
      ours,
      theirs: { state: captureRoot(structuredClone(theirs)), newValues: undefined },
    })
    expect(result.recorded?.state).toMatchObject({ hits: 8, log: [1, 't', 'o'] })
  })
})

describe('an op that does not find what it was made for is announced', () => {
  it('where theirs deleted the place it begins anew: once a place, with what it comes to', () => {
    const result = merged(
      draft => {
        inc(draft, 'hits', 2)
        inc(draft, 'hits', 3)
        append(draft, 'log', 2)
        addToSet(draft, 'tags', 'x')
        addToSet(draft, 'flags', 'x')
      },
      [
        (draft: Partial<Shop>) => {
          for (const key of ['hits', 'log', 'tags', 'flags'] as const) delete draft[key]
        },
      ],
    )
    expect(result.recorded?.state).toMatchObject({ hits: 5, log: [2], tags: ['x'], flags: new Set(['x']) })
    expect(announced(result)).toEqual([
      { path: ['hits'], kind: 'op', policy: 'inc', result: 5, lost: 'none' },
      { path: ['log'], kind: 'op', policy: 'append', result: [2], lost: 'none' },
      { path: ['tags'], kind: 'op', policy: 'addToSet', result: ['x'], lost: 'none' },
      { path: ['flags'], kind: 'op', policy: 'addToSet', result: new Set(['x']), lost: 'none' },
    ])
    expect(result.conflicts[0]).toMatchObject({ base: 5, ours: 10, theirs: undefined })
    expect(Object.isFrozen(result.conflicts[1]?.result)).toBe(true)
  })

  it('where theirs deleted what it was in, or its element, it is dropped', () => {
    const result = merged(
      draft => {
        inc(draft, ['stats', 'hits'], 1)
        inc(draft, ['stats', 'hits'], 1)
        inc(draft, ['items', 'x', 'n'], 2)
        inc(draft, ['cart', { sku: 'B' }, 'n'], 2)
        inc(draft, 'hits', 1)
      },
      [
        (draft: Partial<Shop>) => {
          delete draft.stats
          draft.items?.delete('x')
          draft.cart?.pop()
        },
      ],
    )
    const { stats, ...rest } = shop
    expect(stats).toBeDefined()
    expect(result.recorded?.state).toEqual({ ...rest, hits: 6, items: new Map(), cart: [{ sku: 'A', n: 1 }] })
    expect(announced(result)).toEqual(
      [
        ['stats', 'hits'],
        ['items', 'x', 'n'],
        ['cart', 1, 'n'],
      ].map(path => ({
        path,
        kind: 'op',
        policy: 'inc',
        result: undefined,
        lost: 'ours',
      })),
    )
    expect(result.conflicts[2]).toMatchObject({ base: 1, ours: 3, theirs: undefined })
  })

  it('each place by itself, also where one is in the other', () => {
    const result = merged(
      draft => {
        moveBy(draft, 'cart', 'sku', 'B', 0)
        inc(draft, ['cart', { sku: 'B' }, 'n'], 1)
      },
      [draft => draft.cart.pop()],
    )
    expect(announced(result).map(({ path, policy }) => [policy, path])).toEqual([
      ['moveBy', ['cart']],
      ['inc', ['cart', 1, 'n']],
    ])
  })

  it('also an element that was to be moved', () => {
    const result = merged(draft => moveBy(draft, 'cart', 'sku', 'B', 0), [draft => draft.cart.pop()])
    expect(result.recorded).toBeUndefined()
    expect(announced(result)).toMatchObject([{ path: ['cart'], kind: 'op', policy: 'moveBy', lost: 'ours' }])
    expect(result.conflicts[0]).toMatchObject({ result: [{ sku: 'A', n: 1 }], theirs: [{ sku: 'A', n: 1 }] })
  })

  it('also where another type is and ours has nothing there in the end', () => {
    const result = merged(
      draft => {
        append(draft, 'cart', { sku: 'C', n: 1, tags: [] })
        addToSet(draft, ['cart', { sku: 'C' }, 'tags'], 'x')
        removeFromSet(draft, 'cart', { sku: 'C', n: 1, tags: ['x'] })
        inc(draft, 'hits', 1)
      },
      [draft => draft.cart.push({ sku: 'C', n: 7, tags: 'none' as never })],
    )
    expect(result.recorded?.state['hits']).toBe(6)
    expect((result.recorded?.state as unknown as Shop | undefined)?.cart[2]).toEqual({ sku: 'C', n: 7, tags: 'none' })
    expect(announced(result)).toMatchObject([{ kind: 'op', policy: 'addToSet', result: 'none', lost: 'ours' }])
  })

  it('an element of a list by key by its key, one of another list by its index in the base', () => {
    const ours: Recipe = draft => inc(draft, ['cart', { sku: 'B' }, 'n'], 1)
    const theirs: Recipe[] = [draft => draft.cart.unshift({ sku: 'Z', n: 0 }), draft => (draft.cart = [])]
    expect(announced(merged(ours, theirs))).toMatchObject([{ path: ['cart', 1, 'n'] }])
    expect(announced(merged(ours, theirs, { cart: listBy('sku') }))).toMatchObject([{ path: ['cart', 'B', 'n'] }])
    expect(announced(merged(ours, theirs, { cart: listBy('n') }))).toMatchObject([{ path: ['cart', 1, 'n'] }])
  })
})

describe('where theirs made another type of it the policy decides', () => {
  const ours: Recipe = draft => {
    inc(draft, 'hits', 2)
    inc(draft, 'hits', 3)
  }
  const theirs: readonly Recipe[] = [draft => ((draft as unknown as Anything)['hits'] = 'many')]
  const contest = { path: ['hits'], kind: 'op', base: 5, ours: 10, theirs: 'many' }

  it('lastWriter: ours, with all its ops, once', () => {
    const result = merged(ours, theirs)
    expect(result.recorded?.state['hits']).toBe(10)
    expect(result.conflicts).toEqual([{ ...contest, policy: 'lastWriter', result: 10, lost: 'theirs' }])
    expect(result.recorded?.ops).toEqual([])
  })

  it('firstWriter: theirs', () => {
    const result = merged(ours, theirs, { '*': firstWriter() })
    expect(result.recorded).toBeUndefined()
    expect(result.conflicts).toEqual([{ ...contest, policy: 'firstWriter', result: 'many', lost: 'ours' }])
  })

  it('reject: nothing is merged, and the error says what of', () => {
    const rejecting = (): unknown => merged(ours, theirs, { hits: reject() })
    expect(rejecting).toThrow(ConflictError)
    expect(rejecting).toThrow(expect.objectContaining({ rejected: [contest] }))
  })

  it('a function below a pattern: what it says', () => {
    const result = merged(ours, theirs, {
      '**': ({ ours: our, theirs: their }) => `${String(their)} or ${String(our)}`,
    })
    expect(result.recorded?.state['hits']).toBe('many or 10')
    expect(() => merged(ours, theirs, { '**': () => () => 1 })).toThrow(InvalidStateError)
  })

  it('for a container with all that is in it', () => {
    const result = merged(
      draft => {
        append(draft, 'cart', { sku: 'C', n: 1 })
        inc(draft, ['cart', { sku: 'A' }, 'n'], 1)
      },
      [draft => ((draft as unknown as Anything)['cart'] = 'empty')],
    )
    expect(result.recorded?.state['cart']).toEqual([
      { sku: 'A', n: 2 },
      { sku: 'B', n: 1 },
      { sku: 'C', n: 1 },
    ])
    expect(announced(result)).toMatchObject([{ path: ['cart'], kind: 'op', policy: 'lastWriter' }])
  })
})
