import { describe, expect, it } from 'vitest'
import { counter } from '../../src/merge/policies/counter.ts'
import { lastWriter } from '../../src/merge/policies/last-writer.ts'
import { type Recipe, mergeRecipes, write } from './merge-recipes.ts'

describe('a record (merge rule 19)', () => {
  const spread =
    (fields: object): Recipe =>
    (draft: { stats: object }) =>
      void (draft.stats = { ...draft.stats, ...fields })

  it('counts up in spread copies of both sides', () => {
    const policies = { 'stats.hits': counter() }
    const { value } = mergeRecipes({
      base: { stats: { hits: 5 } },
      ours: spread({ hits: 6 }),
      theirs: spread({ hits: 6 }),
      policies,
    })
    expect(value).toEqual({ stats: { hits: 7 } })
  })

  it('with another id is a new one', () => {
    const { value, conflicts } = mergeRecipes({
      base: { stats: { id: 1, hits: 5 } },
      ours: spread({ hits: 6 }),
      theirs: spread({ id: 2, hits: 0 }),
      policies: { 'stats.hits': counter() },
    })
    expect(value).toEqual({ stats: { id: 2, hits: 0 } })
    expect(conflicts).toMatchObject([{ path: ['stats'], kind: 'inside' }])
  })

  it('that holds none of the old fields is an edit, in which the others are deleted', () => {
    const { value } = mergeRecipes({
      base: { stats: { a: 1, b: 1 } },
      ours: write({ stats: { c: 1 } }),
      theirs: (draft: { stats: Record<string, number> }) => void (draft.stats['d'] = 1),
      policies: { 'stats.*': lastWriter() },
    })
    expect(value).toEqual({ stats: { d: 1, c: 1 } })
  })

  it('is not made by a pattern with **', () => {
    const { conflicts } = mergeRecipes({
      base: { stats: { a: 1, b: 1 } },
      ours: spread({ a: 2 }),
      theirs: spread({ b: 2 }),
      policies: { '**.a': lastWriter() },
    })
    expect(conflicts).toMatchObject([{ path: ['stats'], kind: 'write/write' }])
  })
})
