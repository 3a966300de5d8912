import { describe, expect, it } from 'vitest'
import { append } from '../../src/merge/append.ts'
import { firstWriter } from '../../src/merge/policies/first-writer.ts'
import { set } from '../../src/merge/policies/set.ts'
import { mergeRecipes, write } from './merge-recipes.ts'

describe('set() and append() (merge rule 31)', () => {
  it.each<[string, object, object, object, object]>([
    [
      'an array: removed by one, added by one',
      { s: ['a', 'b'] },
      { s: ['b', 'o'] },
      { s: ['a', 'b', 't'] },
      { s: ['b', 't', 'o'] },
    ],
    ['as many removed as added', { s: ['a', 'b'] }, { s: ['b', 'o'] }, { s: ['a'] }, { s: ['o'] }],
    [
      'equal objects are one member',
      { s: [] },
      { s: [{ x: 1 }] },
      { s: [{ x: 1 }, { x: 2 }] },
      { s: [{ x: 1 }, { x: 2 }] },
    ],
    ['duplicates become one', { s: [] }, { s: [1] }, { s: [2, 2, 3] }, { s: [2, 3, 1] }],
    ['a number is no text', { s: [1] }, { s: [1, '1'] }, { s: [1, 1n] }, { s: [1, 1n, '1'] }],
    [
      'Sets of objects',
      { s: new Set() },
      { s: new Set([{ x: 1 }]) },
      { s: new Set([{ x: 1 }]) },
      { s: new Set([{ x: 1 }]) },
    ],
    ['Sets from nothing', {}, { s: new Set(['o']) }, { s: new Set(['t']) }, { s: new Set(['t', 'o']) }],
    [
      'an array that became a Set on both sides',
      { s: ['a', 'b'] },
      { s: new Set(['a', 'o']) },
      { s: new Set(['a', 'b']) },
      { s: new Set(['a', 'o']) },
    ],
  ])('set() of %s', (_, base, ours, theirs, value) => {
    const merged = mergeRecipes({ base, ours: write(ours), theirs: write(theirs), policies: { s: set() } })
    expect(merged).toEqual({ value, conflicts: [] })
  })

  it('set() tells a text from the object that it looks like inside', () => {
    const policies = { s: set() }
    const { value } = mergeRecipes({
      base: { s: [] },
      ours: write({ s: [{ x: 1 }] }),
      theirs: write({ s: ['value {"x":1}'] }),
      policies,
    })
    expect(value).toEqual({ s: ['value {"x":1}', { x: 1 }] })
  })

  it('a Set without a policy keeps what theirs put in twice', () => {
    const { value } = mergeRecipes({
      base: { s: new Set([0]) },
      ours: (draft: { s: Set<unknown> }) => draft.s.add(1),
      theirs: (draft: { s: Set<unknown> }) => draft.s.add({ x: 1 }).add({ x: 1 }),
    })
    expect((value as { s: ReadonlySet<unknown> }).s.size).toBe(4)
  })

  it.each<[string, object, object, object]>([
    ['an array and a Set', { s: [] }, { s: [1] }, { s: new Set([2]) }],
    ['a text in the base', { s: 'a' }, { s: ['b'] }, { s: ['c'] }],
    ['a deletion', { s: ['a'] }, { s: undefined }, { s: ['c'] }],
  ])('set() has no answer to %s: the policy above decides', (_, base, ours, theirs) => {
    const merged = mergeRecipes({
      base,
      ours: write(ours),
      theirs: write(theirs),
      policies: { s: set(), '**': firstWriter() },
    })
    expect(merged.value).toEqual(theirs)
    expect(merged.conflicts).toMatchObject([{ path: ['s'], policy: 'firstWriter' }])
  })

  it('append() keeps what both put into lists that they wrote anew', () => {
    const setup = { base: { log: [1, 2] }, ours: write({ log: ['o'] }), theirs: write({ log: ['t'] }) }
    expect(mergeRecipes({ ...setup, policies: { log: append() } })).toEqual({
      value: { log: ['t', 'o'] },
      conflicts: [],
    })
    expect(mergeRecipes(setup).conflicts).toMatchObject([{ kind: 'write/write' }])
  })

  it('append() has no answer to what is no list', () => {
    const policies = { log: append() }
    const { value, conflicts } = mergeRecipes({
      base: {},
      ours: write({ log: 'o' }),
      theirs: write({ log: ['t'] }),
      policies,
    })
    expect(value).toEqual({ log: 'o' })
    expect(conflicts).toMatchObject([{ path: ['log'], policy: 'lastWriter' }])
  })
})
