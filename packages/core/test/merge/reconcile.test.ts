import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { pack, unpack } from '../../src/document/packer.ts'
import { record } from '../../src/draft/record.ts'
import { canonicalText } from '../../src/merge/canonical-text.ts'
import { merge } from '../../src/merge/merge.ts'
import { reconcile } from '../../src/merge/reconcile.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { randomEdit, randomState, runEdit } from '../diff/random-edits.ts'
import { propertySettings } from '../document/property-settings.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(60)

describe('a state of which the history is gone (merge rule 38)', () => {
  it('keeps its value, and shares with the base whatever is equal', () => {
    fc.assert(
      fc.property(randomState, randomEdit, (make, edit) => {
        const base = captureRoot(make())
        const theirs = record(base, draft => runEdit(draft, edit))?.state ?? base
        const { state } = reconcile(base, decoded(theirs))
        expect(orderedText(state)).toBe(orderedText(theirs))
        for (const key of Object.keys(state)) if (deepEqual(state[key], base[key])) expect(state[key]).toBe(base[key])
      }),
      settings,
    )
  })

  it('that is the base is the base', () => {
    fc.assert(
      fc.property(randomState, make => {
        const base = captureRoot(make())
        expect(reconcile(base, decoded(base)).state).toBe(base)
      }),
      settings,
    )
  })

  it('merges disjoint changes like one whose history is there', () => {
    fc.assert(
      fc.property(randomState, randomEdit, randomEdit, (make, edit, other) => {
        const base = captureRoot({ ...make(), a: make(), b: make() })
        const ours = record(base, draft => runEdit(draft, edit, 'a'))
        const theirs = record(base, draft => runEdit(draft, other, 'b'))
        fc.pre(ours !== undefined && theirs !== undefined)
        const known = merge({ base, ours, theirs })
        const gone = merge({ base, ours, theirs: { state: decoded(theirs.state), newValues: undefined } })
        expect(deepEqual(gone.recorded?.state, known.recorded?.state)).toBe(true)
        expect(gone.conflicts).toEqual([])
      }),
      settings,
    )
  })

  it('takes an object with another id for a new one, and never mixes the two', () => {
    const base = captureRoot({ u: { id: 1, role: 'user' }, list: [{ a: 1, b: 1 }, { a: 2, b: 2 }] }) // prettier-ignore
    const ours = record(base, (draft: { u: Record<string, unknown> }) => void (draft.u['role'] = 'admin'))
    if (!ours) throw new Error('it records')
    const theirs = captureRoot({ ...base, u: { id: 2, role: 'user' } })
    const merged = merge({ base, ours, theirs: { state: theirs, newValues: undefined } })
    expect(merged.recorded).toBeUndefined()
    expect(merged.conflicts).toMatchObject([{ path: ['u'], kind: 'inside', lost: 'ours' }])
  })

  it('takes a list of which nothing is left for a new one', () => {
    const base = captureRoot({ r: ['a', 'b'] })
    const ours = record(base, (draft: { r: unknown[] }) => (draft.r = ['o1', 'o2']))
    if (!ours) throw new Error('it records')
    const merged = merge({ base, ours, theirs: { state: captureRoot({ r: ['t1'] }), newValues: undefined } })
    expect(merged.recorded?.state).toEqual({ r: ['o1', 'o2'] })
    expect(merged.conflicts).toMatchObject([{ path: ['r'], kind: 'write/write', lost: 'theirs' }])
  })

  it('aligns lists by content: an element edited there, another pushed here', () => {
    const base = captureRoot({ list: [{ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 }] }) // prettier-ignore
    const ours = record(base, (draft: { list: unknown[] }) => draft.list.push('new'))
    if (!ours) throw new Error('it records')
    const theirs = captureRoot({ list: [{ c: 2, b: 2, a: 3 }] })
    const merged = merge({ base, ours, theirs: { state: theirs, newValues: undefined } })
    expect(merged.recorded?.state).toEqual({ list: [{ a: 3, b: 2, c: 2 }, 'new'] })
    expect(merged.conflicts).toEqual([])
  })
})

describe('a canonical text', () => {
  it('is equal for deep-equal values, and only for those', () => {
    fc.assert(
      fc.property(randomState, randomState, (make, other) => {
        const [left, right] = [captureRoot(make()), captureRoot(other())]
        expect(canonicalText(left) === canonicalText(right)).toBe(deepEqual(left, right))
        expect(canonicalText(left)).toBe(canonicalText(reordered(left)))
      }),
      settings,
    )
    const alike = [
      '1',
      1,
      1n,
      true,
      'true',
      null,
      'null',
      new Date(1),
      [1],
      new Set([1]),
      { a: 1 },
      new Map([['a', 1]]),
    ]
    expect(new Set(alike.map(canonicalText)).size).toBe(alike.length)
  })
})

function decoded(state: State): State {
  return adopt(unpack(pack(state))) as State
}

function reordered(state: State): State {
  return Object.fromEntries(Object.entries(state).toReversed())
}
