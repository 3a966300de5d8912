import { describe, expect, it } from 'vitest'
import { ConflictError } from '../../src/errors.ts'
import { firstWriter } from '../../src/merge/policies/first-writer.ts'
import { lastWriter } from '../../src/merge/policies/last-writer.ts'
import { reject } from '../../src/merge/policies/reject.ts'
import { mergeRecipes, refusalOf, write } from './merge-recipes.ts'

describe('lastWriter(), firstWriter() and reject() (merge rules 17, 26 and 28)', () => {
  const base = { u: { a: { x: 1, y: 1 }, b: 1 } }
  const setX = (x: number) => (draft: typeof base) => void (draft.u.a.x = x)

  it.each<[string, Record<string, ReturnType<typeof firstWriter>>, number]>([
    ['at the place itself', { 'u.a.x': firstWriter() }, 3],
    ['above it', { u: firstWriter() }, 3],
    ['anywhere', { '**': firstWriter() }, 3],
    ['below a place', { 'u.**': firstWriter() }, 3],
    ['by a nearer one', { u: firstWriter(), 'u.a': lastWriter() }, 2],
    ['by one that is nearer than **', { '**': lastWriter(), '*': firstWriter() }, 3],
    ['by the name rather than the star', { 'u.*': firstWriter(), 'u.a': lastWriter() }, 2],
    ['not by a neighbour', { 'u.b': firstWriter() }, 2],
    ['not from below', { 'u.a.x.z': firstWriter() }, 2],
  ])('decide %s', (_, policies, x) => {
    const { value } = mergeRecipes({ base, ours: setX(2), theirs: setX(3), policies })
    expect(value).toEqual({ u: { a: { x, y: 1 }, b: 1 } })
  })

  it('reject() names every place, and nothing else is decided', () => {
    const error = refusalOf({
      base: { a: 1, b: { c: 1 }, d: 1 },
      ours: write({ a: 2, b: { c: 2 }, d: undefined }),
      theirs: write({ a: 3, b: undefined, d: 3 }),
      policies: { '*': reject(), d: firstWriter() },
    })
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({
      code: 'conflict',
      outcome: 'none',
      message: expect.stringContaining('/a, /b') as string,
      rejected: [
        { path: ['a'], kind: 'write/write', base: 1, ours: 2, theirs: 3 },
        { path: ['b'], kind: 'write/write', base: { c: 1 }, ours: { c: 2 }, theirs: undefined },
      ],
    })
  })

  it('atomic: any two changes are one conflict of the whole value, equal ones are none', () => {
    const policies = { 'u.a': reject({ atomic: true }) }
    const setY = (draft: typeof base): void => void (draft.u.a.y = 3)
    expect(refusalOf({ base, ours: setX(2), theirs: setY, policies })).toMatchObject({
      rejected: [{ path: ['u', 'a'], kind: 'write/write', ours: { x: 2, y: 1 }, theirs: { x: 1, y: 3 } }],
    })
    expect(mergeRecipes({ base, ours: setX(2), theirs: setX(2), policies }).conflicts).toEqual([])
  })

  it('atomic: what came to nothing is no change', () => {
    const policies = { 'u.a': reject({ atomic: true }) }
    const { value, conflicts } = mergeRecipes({
      base,
      ours: setX(2),
      theirs: [setX(3), setX(1), draft => Reflect.set(draft, 'z', 1)],
      policies,
    })
    expect(value).toEqual({ ...base, u: { ...base.u, a: { x: 2, y: 1 } }, z: 1 })
    expect(conflicts).toEqual([])
  })

  it('atomic: decides deletions too, and what is decided above never reaches it', () => {
    const policies = { 'u.a': firstWriter({ atomic: true }) }
    const deleteA = (draft: typeof base): unknown => Reflect.deleteProperty(draft.u, 'a')
    expect(mergeRecipes({ base, ours: setX(2), theirs: deleteA, policies }).value).toEqual({ u: { b: 1 } })
    const { value, conflicts } = mergeRecipes({ base, ours: write({ u: undefined }), theirs: setX(3), policies })
    expect(value).toEqual({})
    expect(conflicts).toMatchObject([{ path: ['u'], kind: 'inside', policy: 'lastWriter' }])
  })
})
