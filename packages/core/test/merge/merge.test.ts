import { describe, expect, it } from 'vitest'
import { mergeRecipes, write } from './merge-recipes.ts'

type Recipe = (draft: { l: unknown[] } & Record<string, Record<string, unknown>>) => unknown

/** What is stored after ours was merged into the base with these commits. */
function mergeAll(base: object, ours: Recipe, ...theirs: Recipe[]): ReturnType<typeof mergeRecipes> {
  return mergeRecipes({ base, ours, theirs })
}

const three = [
  { id: 3, t: 'c' },
  { id: 1, t: 'a' },
  { id: 2, t: 'b' },
]
const ascending = (left: unknown, right: unknown): number => Number(left) - Number(right)
const byId = (list: unknown[]): unknown =>
  list.sort((left, right) => (left as { id: number }).id - (right as { id: number }).id)

describe('arrays as sequences (merge rule 22)', () => {
  it('different orders: the order of ours, with the edits of both, announced at the array', () => {
    const { value, conflicts } = mergeAll(
      { l: three },
      ({ l }) => l.reverse() && ((l[0] as { t: string }).t = 'ours'),
      ({ l }) => byId(l),
      ({ l }) => ((l[2] as { t: string }).t = 'theirs'),
    )
    const expected = [
      { id: 2, t: 'ours' },
      { id: 1, t: 'a' },
      { id: 3, t: 'theirs' },
    ]
    expect(value).toEqual({ l: expected })
    expect(conflicts).toMatchObject([
      { path: ['l'], kind: 'order', base: three, result: expected, policy: 'lastWriter', lost: 'theirs' },
    ])
  })

  it('different orders: nothing of the other order is left', () => {
    const { value, conflicts } = mergeAll(
      { l: [1, 2, 3, 4] },
      ({ l }) => ([l[0], l[1]] = [2, 1]),
      ({ l }) => l.unshift(l.pop()),
    )
    expect(value).toEqual({ l: [2, 1, 3, 4] })
    expect(conflicts).toMatchObject([{ path: ['l'], kind: 'order', result: [2, 1, 3, 4] }])
  })

  it('equal orders are one, and pushes after them come as ever: theirs first', () => {
    const { value } = mergeAll(
      { l: [3, 1, 2] },
      ({ l }) => l.sort(ascending) && l.push('o'),
      ({ l }) => l.sort(ascending) && l.push('t'),
    )
    expect(value).toEqual({ l: [1, 2, 3, 't', 'o'] })
  })

  it('equal orders are one, and each side’s new elements stand where that side put them', () => {
    const { value, conflicts } = mergeAll(
      { l: [3, 1, 2] },
      ({ l }) => l.sort(ascending) && l.push('o'),
      ({ l }) => l.sort(ascending) && l.unshift('t'),
    )
    expect(value).toEqual({ l: ['t', 1, 2, 3, 'o'] })
    expect(conflicts).toEqual([])
  })

  it('where only ours moved something in, it goes before what theirs inserted', () => {
    const { value } = mergeAll(
      { l: [1, 2, 3] },
      ({ l }) => l.unshift(l.pop()),
      ({ l }) => l.unshift('t'),
    )
    expect(value).toEqual({ l: [3, 't', 1, 2] })
  })

  it('an element that both sides seem to have moved is there once', () => {
    const { value } = mergeAll(
      { l: ['x', 'a', 'y', 'z'] },
      draft => (draft.l = ['a', 'x']),
      draft => (draft.l = ['y', 'z', 'a']),
    )
    expect(value).toEqual({ l: ['a'] })
  })

  it('moved on one side and edited on the other: both', () => {
    const { value, conflicts } = mergeAll(
      { l: three },
      ({ l }) => byId(l),
      ({ l }) => ((l[0] as { t: string }).t = 'x'),
    )
    expect(value).toEqual({ l: [three[1], three[2], { id: 3, t: 'x' }] })
    expect(conflicts).toEqual([])
  })

  it('a new list on one side: the old elements are gone, the other side’s insertions stay', () => {
    const { value, conflicts } = mergeAll(
      { l: ['a', 'b'] },
      draft => (draft.l = ['x', 'y']),
      ({ l }) => l.push('t'),
    )
    expect(value).toEqual({ l: ['x', 'y', 't'] })
    expect(conflicts).toEqual([])
  })

  it('a new list holds nothing of the old one: what the other side wrote in that is gone, not compared with it', () => {
    const renew: Recipe = draft => (draft.l = ['x', 'y'])
    const edit: Recipe = ({ l }) => (l[1] = 'b2')
    const ours = mergeAll({ l: ['a', 'b'] }, renew, edit)
    expect(ours.value).toEqual({ l: ['x', 'y'] })
    expect(ours.conflicts).toMatchObject([{ path: ['l', 1], base: 'b', ours: undefined, theirs: 'b2', lost: 'theirs' }])
    const theirs = mergeAll({ l: ['a', 'b'] }, edit, renew)
    expect(theirs.conflicts).toMatchObject([{ path: ['l', 1], base: 'b', ours: 'b2', theirs: undefined }])
  })
})

describe('an edit that came to nothing', () => {
  it('is no change: the delete stands, and nothing is announced', () => {
    const { value, conflicts } = mergeAll(
      { u: { x: 1 }, v: {} },
      draft => Reflect.deleteProperty(draft, 'u'),
      ({ u }) => (u ? (u['x'] = 2) : undefined),
      ({ u, v }) => u && v && ((u['x'] = 1), (v['y'] = 1)),
    )
    expect(value).toEqual({ v: { y: 1 } })
    expect(conflicts).toEqual([])
  })
})

describe('new values of several commits', () => {
  it('are no edits of what they are equal to: that is announced, with nothing lost', () => {
    const { value, conflicts } = mergeAll(
      { u: { x: 1 } },
      ({ u }) => u && (u['x'] = 2),
      draft => Reflect.deleteProperty(draft, 'u'),
      draft => (draft['u'] = { x: 2 }),
    )
    expect(value).toEqual({ u: { x: 2 } })
    expect(conflicts).toMatchObject([{ path: ['u'], kind: 'inside', policy: 'lastWriter', lost: 'none' }])
  })

  it('a login by theirs that was edited afterwards is still another user: ours’ edit of the old one is lost, announced', () => {
    const { value, conflicts } = mergeAll(
      { u: { name: 'Ann', role: 'admin' } },
      ({ u }) => u && (u['seen'] = 5),
      draft => (draft['u'] = { name: 'Bo', role: 'user' }),
      ({ u }) => u && (u['theme'] = 'dark'),
    )
    expect(value).toEqual({ u: { name: 'Bo', role: 'user', theme: 'dark' } })
    expect(conflicts).toMatchObject([{ path: ['u'], kind: 'inside', lost: 'ours' }])
  })
})

describe('the state itself', () => {
  it('is never a new one, whatever its id: its fields merge, also when the history is gone', () => {
    const base = { id: 1, a: 1, b: 1 }
    const setup = { base, ours: write({ a: 2 }), theirs: write({ id: 2, b: 2 }) }
    expect(mergeRecipes(setup).value).toEqual({ id: 2, a: 2, b: 2 })
    expect(mergeRecipes({ ...setup, isHistoryGone: true })).toEqual({ value: { id: 2, a: 2, b: 2 }, conflicts: [] })
  })

  it('keeps the parts of the base when the history is gone, whatever its id', () => {
    const parts = [{ at: { x: 1 } }, { at: { x: 2 } }]
    const { value, conflicts } = mergeRecipes({
      base: { id: 1, parts },
      ours: (draft: { parts: typeof parts }) => draft.parts.forEach(({ at }) => (at.x += 10)),
      theirs: write({ id: 2, parts: [...parts, { at: { x: 3 } }] }),
      isHistoryGone: true,
    })
    expect(value).toEqual({ id: 2, parts: [{ at: { x: 11 } }, { at: { x: 12 } }, { at: { x: 3 } }] })
    expect(conflicts).toEqual([])
  })
})
