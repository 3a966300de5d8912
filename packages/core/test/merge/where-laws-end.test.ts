import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { merge } from '../../src/merge/merge.ts'
import { counter } from '../../src/merge/policies/counter.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { randomEdit, randomState, runEdit } from '../diff/random-edits.ts'
import { propertySettings } from '../document/property-settings.ts'
import { mergeRecipes, write } from './merge-recipes.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(80)

describe('equal edits on both sides', () => {
  it('change nothing and contest nothing, without arrays', () => {
    let compared = 0
    fc.assert(
      fc.property(randomState, randomEdit, (make, edit) => {
        const base = captureRoot(make())
        const [ours, theirs] = [edited(base, edit), edited(base, edit)]
        fc.pre(ours !== undefined && theirs !== undefined && ![base, ours.state].some(holdsArray))
        const { recorded, conflicts } = merge({ base, ours, theirs })
        expect(conflicts).toEqual([])
        expect(deepEqual(recorded?.state ?? theirs.state, theirs.state)).toBe(true)
        compared++
      }),
      settings,
    )
    expect(compared).toBeGreaterThan(0)
  })

  it('of a list are two: equal pushes as in a serial run', () => {
    const push = (draft: { l: string[] }): unknown => draft.l.push('x')
    expect(mergeRecipes({ base: { l: ['a'] }, ours: push, theirs: push }).value).toEqual({ l: ['a', 'x', 'x'] })
  })

  it('under counter() are two; without it they are one, silently', () => {
    const setup = { base: { hits: 5 }, ours: write({ hits: 6 }), theirs: write({ hits: 6 }) }
    expect(mergeRecipes({ ...setup, policies: { hits: counter() } }).value).toEqual({ hits: 7 })
    expect(mergeRecipes(setup)).toEqual({ value: { hits: 6 }, conflicts: [] })
  })
})

describe('two merges one after the other', () => {
  it('are one merge over both winners, where these changed different parts', () => {
    fc.assert(
      fc.property(randomState, randomEdit, randomEdit, randomEdit, (make, edit, first, second) => {
        const base = captureRoot({ ...make(), a: make(), b: make() })
        const ours = edited(base, edit)
        const one = edited(base, first, 'a')
        const two = one && edited(one.state, second, 'b')
        fc.pre(ours !== undefined && one !== undefined && two !== undefined)
        const atOnce = merge({ base, ours, theirs: foldDiffs([one.diff, two.diff], base) })
        const stepwise = merge({ base, ours, theirs: one })
        const again = stepwise.recorded
          ? merge({ base: one.state, ours: stepwise.recorded, theirs: two })
          : { recorded: undefined }
        expect(deepEqual(again.recorded?.state ?? two.state, atOnce.recorded?.state ?? two.state)).toBe(true)
      }),
      settings,
    )
  })

  it('are not, where one winner undid the other: so ours is always merged from its own base', () => {
    const base = captureRoot({ s: {} })
    const add = (draft: { s: Record<string, number> }): void => void (draft.s['x'] = 1)
    const ours = present(record(base, add))
    const one = present(record(base, add))
    const two = present(record(one.state, (draft: { s: Record<string, number> }) => void delete draft.s['x']))
    // Stepwise nothing is left of ours after the first merge, so that nothing stands against the second winner.
    expect(merge({ base, ours, theirs: one }).recorded).toBeUndefined()
    expect(merge({ base, ours, theirs: foldDiffs([one.diff, two.diff], base) }).recorded?.state).toEqual({
      s: { x: 1 },
    })
  })
})

describe('the sides of a merge', () => {
  it('cannot be exchanged: the order of versions decides conflicts and the order of insertions', () => {
    const push = (value: string) => (draft: { l: string[] }) => draft.l.push(value)
    const [one, other] = [push('o'), push('t')]
    expect(mergeRecipes({ base: { l: [] }, ours: one, theirs: other }).value).toEqual({ l: ['t', 'o'] })
    expect(mergeRecipes({ base: { l: [] }, ours: other, theirs: one }).value).toEqual({ l: ['o', 't'] })
    const [light, dark] = [write({ theme: 'light' }), write({ theme: 'dark' })]
    expect(mergeRecipes({ base: {}, ours: light, theirs: dark }).value).toEqual({ theme: 'light' })
    expect(mergeRecipes({ base: {}, ours: dark, theirs: light }).value).toEqual({ theme: 'dark' })
  })

  it('that removed and added at the end of a list wrote its last place: one of the two is there', () => {
    const exchange = (value: string) => (draft: { l: string[] }) => void draft.l.splice(-1, 1, value)
    const { value, conflicts } = mergeRecipes({ base: { l: ['a', 'b'] }, ours: exchange('o'), theirs: exchange('t') })
    expect(value).toEqual({ l: ['a', 'o'] })
    expect(conflicts).toMatchObject([{ path: ['l', 1], kind: 'write/write', lost: 'theirs' }])
  })
})

function edited(base: State, edit: Parameters<typeof runEdit>[1], within?: string): Recorded | undefined {
  return record(base, draft => runEdit(draft, edit, within))
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It must record something.')
  return value
}

function holdsArray(value: unknown): boolean {
  if (Array.isArray(value)) return true
  if (value instanceof Map || value instanceof Set)
    return [...(value as Iterable<unknown>)].some(part =>
      value instanceof Map ? holdsArray((part as unknown[])[1]) : holdsArray(part),
    )
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return false
  return Object.values(value).some(holdsArray)
}
