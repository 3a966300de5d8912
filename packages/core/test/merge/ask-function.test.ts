import { describe, expect, it, test, vi } from 'vitest'
import { InvalidStateError, PolicyError } from '../../src/errors.ts'
import type { MergeContest } from '../../src/merge/conflict.ts'
import { mergeRecipes, refusalOf, write } from './merge-recipes.ts'

describe('a function (merge rule 32)', () => {
  it('gets the contest, frozen, once, and its result is what is stored', () => {
    const asked = vi.fn<(contest: MergeContest) => unknown>(({ ours, theirs }) => ({ of: [theirs, ours] }))
    const { value, conflicts } = mergeRecipes({
      base: { u: { x: 1 }, v: 1 },
      ours: (draft: { u: { x: number } }) => void (draft.u.x = 2),
      theirs: write({ u: undefined, v: 2 }),
      policies: { u: asked },
    })
    const contest = { path: ['u'], kind: 'write/write', base: { x: 1 }, ours: { x: 2 }, theirs: undefined }
    const result = { of: [null, { x: 2 }] }
    expect(asked.mock.calls).toEqual([[contest]])
    expect(Object.isFrozen(asked.mock.calls[0]?.[0])).toBe(true)
    expect(Object.isFrozen(asked.mock.calls[0]?.[0].path)).toBe(true)
    expect(value).toEqual({ u: result, v: 2 })
    expect(conflicts).toEqual([{ ...contest, policy: 'function', result, lost: 'none' }])
  })

  it('is asked where both sides wrote the same, but not where only one did or both deleted', () => {
    const asked = vi.fn<(contest: MergeContest) => unknown>(() => 5)
    const policies = { '*': asked }
    mergeRecipes({
      base: { a: 1, b: 1, c: 1 },
      ours: write({ a: 2, b: undefined, c: 3 }),
      theirs: write({ a: 2, b: undefined }),
      policies,
    })
    expect(asked.mock.calls).toMatchObject([[{ path: ['a'] }]])
  })

  it('with a trailing ** decides each conflict below, and only those', () => {
    const asked = vi.fn<(contest: MergeContest) => unknown>(({ path }) => path.join('/'))
    const { value } = mergeRecipes({
      base: { u: { a: 1, b: 1, c: { x: 1 }, l: [1, 2, 3] } },
      ours: (draft: { u: Record<string, unknown> }) =>
        Object.assign(draft.u, { a: 2, b: 2, c: undefined, l: [3, 2, 1] }),
      theirs: (draft: { u: { c: { x: number } } & Record<string, unknown> }) => {
        Object.assign(draft.u, { a: 3, b: 2, l: [2, 1, 3] })
        draft.u.c.x = 2
      },
      policies: { 'u.**': asked },
    })
    expect(value).toEqual({ u: { a: 'u/a', b: 2, c: 'u/c', l: 'u/l' } })
    expect(asked.mock.calls.map(([{ path, kind }]) => [path.join('.'), kind])).toEqual([
      ['u.a', 'write/write'],
      ['u.l', 'order'],
      ['u.c', 'inside'],
    ])
  })

  it.each<[string, unknown, 'ours' | 'theirs' | 'none']>([
    ['ours', 2, 'theirs'],
    ['theirs', 3, 'ours'],
    ['something else', 4, 'none'],
    ['nothing', undefined, 'none'],
  ])('that returns %s loses what it leaves out', (_, result, lost) => {
    const setup = { base: { a: 1 }, ours: write({ a: 2 }), theirs: write({ a: 3 }), policies: { a: () => result } }
    expect(mergeRecipes(setup).conflicts).toMatchObject([{ path: ['a'], lost }])
  })

  it('that throws fails the merge with its path and what it threw', () => {
    const cause = new RangeError('boom')
    const policies = {
      'u.a': () => {
        throw cause
      },
    }
    const change = (value: number) => (draft: { u: { a: number } }) => void (draft.u.a = value)
    const error = refusalOf({ base: { u: { a: 1 } }, ours: change(2), theirs: change(3), policies })
    expect(error).toBeInstanceOf(PolicyError)
    expect(error).toMatchObject({ code: 'policy', path: ['u', 'a'], cause, outcome: 'none' })
    expect((error as Error).message).toContain('/u/a')
  })

  it.each<[string, () => unknown, unknown[]]>([
    ['a promise', () => Promise.resolve(1), ['a']],
    ['a promise that fails', () => Promise.reject(new Error('late')), ['a']],
    ['a function', () => () => 1, ['a']],
    ['a symbol', () => Symbol('s'), ['a']],
    [
      'a class instance inside',
      () => ({
        x: [
          new (class Money {
            cents = 5
          })(),
        ],
      }),
      ['a', 'x', 0],
    ],
    ['an invalid date', () => new Date(NaN), ['a']],
  ])('that returns %s fails the merge with the path', (_, policy, path) => {
    const error = refusalOf({ base: { a: 1 }, ours: write({ a: 2 }), theirs: write({ a: 3 }), policies: { a: policy } })
    expect(error).toBeInstanceOf(InvalidStateError)
    expect(error).toMatchObject({ path, outcome: 'none' })
  })

  it('that changes what it was given fails, and the states stay as they are', () => {
    const policies = { u: ({ theirs }: MergeContest) => Object.assign(theirs as object, { x: 9 }) }
    const set2 = (x: number) => (draft: { u: { x: number } }) => void (draft.u.x = x)
    expect(refusalOf({ base: { u: { x: 1 } }, ours: set2(2), theirs: set2(3), policies })).toMatchObject({
      code: 'policy',
    })
  })

  test('what it returns is copied: a later change of it changes nothing', () => {
    const result = { list: [1] }
    const { value } = mergeRecipes({
      base: { a: 1 },
      ours: write({ a: 2 }),
      theirs: write({ a: 3 }),
      policies: { a: () => result },
    })
    result.list.push(2)
    expect(value).toEqual({ a: { list: [1] } })
  })
})
