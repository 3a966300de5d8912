import { describe, expect, it } from 'vitest'
import { counter } from '../../../src/merge/policies/counter.ts'
import { firstWriter } from '../../../src/merge/policies/first-writer.ts'
import { mergeRecipes, write } from '../merge-recipes.ts'

describe('counter() (merge rule 29)', () => {
  it.each<[string, object, object, object, object]>([
    ['theirs deleted: counts from 0', { n: 5 }, { n: 7 }, { n: undefined }, { n: 2 }],
    ['nothing in the base: counts from 0', {}, { n: 2 }, { n: 3 }, { n: 5 }],
    ['bigints from nothing', {}, { n: 2n }, { n: 3n }, { n: 5n }],
    ['equal counts are two', { n: 1 }, { n: 2 }, { n: 2 }, { n: 3 }],
    ['fractions', { n: 1 }, { n: 1.5 }, { n: 0.75 }, { n: 1.25 }],
    ['down to 0', { n: 1 }, { n: 0 }, { n: 1.5 }, { n: 0.5 }],
  ])('%s', (_, base, ours, theirs, value) => {
    const policies = { n: counter() }
    const merged = mergeRecipes({ base, ours: write(ours), theirs: write(theirs), policies })
    expect(merged.value).toEqual(value)
    expect(merged.conflicts).toMatchObject([{ path: ['n'], kind: 'write/write', policy: 'counter', lost: 'none' }])
  })

  it.each<[string, object, object, object, object]>([
    ['ours deleted', { n: 5 }, { n: undefined }, { n: 7 }, {}],
    ['NaN', { n: 5 }, { n: NaN }, { n: 6 }, { n: NaN }],
    ['an infinity in the base', { n: Infinity }, { n: 1 }, { n: 2 }, { n: 1 }],
    ['an infinity of theirs', { n: 5 }, { n: 6 }, { n: -Infinity }, { n: 6 }],
    ['a sum beyond all numbers', { n: 0 }, { n: 1.5e308 }, { n: 1.5e308 + 1e300 }, { n: 1.5e308 }],
    ['a text', { n: 5 }, { n: '6' }, { n: 7 }, { n: '6' }],
    ['null', { n: null }, { n: 1 }, { n: 2 }, { n: 1 }],
    ['a bigint among numbers', { n: 5n }, { n: 6 }, { n: 7n }, { n: 6 }],
    ['bigints on a number', { n: 5 }, { n: 6n }, { n: 7n }, { n: 6n }],
    ['a number among bigints', { n: 5n }, { n: 6n }, { n: 7 }, { n: 6n }],
  ])('%s: the last writer decides', (_, base, ours, theirs, value) => {
    const policies = { n: counter() }
    const merged = mergeRecipes({ base, ours: write(ours), theirs: write(theirs), policies })
    expect(merged.value).toEqual(value)
    expect(merged.conflicts).toMatchObject([{ path: ['n'], policy: 'lastWriter', lost: 'theirs' }])
  })

  it('hands what it cannot add to the nearest simple policy', () => {
    const [ours, theirs] = [write({ n: 'o' }), write({ n: 't' })]
    const { value, conflicts } = mergeRecipes({
      base: { n: 1 },
      ours,
      theirs,
      policies: { n: counter(), '*': firstWriter() },
    })
    expect(value).toEqual({ n: 't' })
    expect(conflicts).toMatchObject([{ policy: 'firstWriter', lost: 'ours' }])
  })

  it('is not asked when a parent was replaced: that is decided at the parent', () => {
    const base = { stats: { id: 1, hits: 5 } }
    const { value, conflicts } = mergeRecipes({
      base,
      ours: (draft: typeof base) => void draft.stats.hits++,
      theirs: write({ stats: { id: 2, hits: 0 } }),
      policies: { 'stats.hits': counter() },
    })
    expect(value).toEqual({ stats: { id: 2, hits: 0 } })
    expect(conflicts).toMatchObject([{ path: ['stats'], kind: 'inside', policy: 'lastWriter', lost: 'ours' }])
  })
})
