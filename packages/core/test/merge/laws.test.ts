import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { applyDiff, foldDiffs } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { propertySettings } from '../document/property-settings.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { type RandomEdit, randomEdit, randomList, randomState, runEdit } from '../diff/random-edits.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(80)
const states = randomState
const edits = fc.array(randomEdit, { minLength: 1, maxLength: 2 })

describe('a merge (merge rules §8)', () => {
  it('of one side that changed nothing is the other side', () => {
    fc.assert(
      fc.property(states, randomEdit, (make, edit) => {
        const base = captureRoot(make())
        const ours = recorded(base, edit)
        fc.pre(ours !== undefined)
        const alone = merge({ base, ours, theirs: { state: base, newValues: new Set() } })
        expect(orderedText(alone.recorded?.state)).toBe(orderedText(ours.state))
        expect(alone.conflicts).toEqual([])
      }),
      settings,
    )
  })

  it('is the same whether theirs was read from frames or made here, and every replica that folds it agrees', () => {
    fc.assert(
      fc.property(states, randomEdit, edits, (make, edit, others) => {
        const base = captureRoot(make())
        const ours = recorded(base, edit)
        fc.pre(ours !== undefined)
        const diffs = commits(base, others)
        const here = mergeOver(base, ours, diffs)
        const read = mergeOver(
          base,
          ours,
          diffs.map(diff => unpack(pack(diff))),
        )
        expect(orderedText(stateOf(read, base, diffs))).toBe(orderedText(stateOf(here, base, diffs)))
        expect(read.conflicts.map(orderedText)).toEqual(here.conflicts.map(orderedText))
        const replica = adopt(unpack(pack(foldDiffs(diffs, base).state))) as State
        const { state } = here.recorded ? applyDiff(unpack(pack(here.recorded.diff)), replica) : { state: replica }
        expect(orderedText(state)).toBe(orderedText(stateOf(here, base, diffs)))
      }),
      settings,
    )
  })

  it('of disjoint parts is what both would have made one after the other, in either order, without conflict', () => {
    fc.assert(
      fc.property(states, randomEdit, randomEdit, (make, edit, other) => {
        const base = captureRoot({ ...make(), a: make(), b: make() })
        const [left, right] = [recorded(base, edit, 'a'), recorded(base, other, 'b')]
        fc.pre(left !== undefined && right !== undefined)
        const serial = recorded(left.state, other, 'b')?.state
        for (const [ours, theirs] of [
          [left, right],
          [right, left],
        ] as const) {
          const { recorded: result, conflicts } = merge({ base, ours, theirs })
          expect(deepEqual(result?.state, serial)).toBe(true)
          expect(conflicts).toEqual([])
        }
      }),
      settings,
    )
  })

  it('invents nothing: every leaf is one of the base, of ours or of theirs', () => {
    fc.assert(
      fc.property(states, randomEdit, edits, (make, edit, others) => {
        const base = captureRoot(make())
        const ours = recorded(base, edit)
        fc.pre(ours !== undefined)
        const diffs = commits(base, others)
        const theirs = foldDiffs(diffs, base).state
        const known = new Set([base, ours.state, theirs].flatMap(state => leaves(state)))
        for (const leaf of leaves(stateOf(mergeOver(base, ours, diffs), base, diffs))) expect(known).toContain(leaf)
      }),
      settings,
    )
  })

  it('never mixes two new values: an object that was assigned is whole or gone', () => {
    const user = fc.record({ id: fc.nat(2), name: fc.nat(3), role: fc.nat(3) })
    const change = fc.oneof(
      user.map(value => (draft: { u: Record<string, unknown> }) => void (draft.u = { ...value })),
      fc
        .tuple(fc.constantFrom('name', 'role', 'seen'), fc.nat(3))
        .map(([key, value]) => (draft: { u: Record<string, unknown> }) => {
          draft.u[key] = value
        }),
    )
    fc.assert(
      fc.property(user, change, change, (value, our, their) => {
        const base = captureRoot({ u: value })
        const [ours, theirs] = [record(base, our), record(base, their)]
        fc.pre(ours !== undefined && theirs !== undefined)
        const { u: merged } = (merge({ base, ours, theirs }).recorded?.state ?? theirs.state) as { u: { id: number } }
        const from = [base, ours.state, theirs.state].filter(state => (state['u'] as { id: number }).id === merged.id)
        const isNew = (side: Recorded): boolean => side.newValues.has(side.state['u'] as object)
        if (isNew(ours) || isNew(theirs)) expect(from.some(state => deepEqual(state['u'], merged))).toBe(true)
      }),
      settings,
    )
  })

  it('brings nothing back: what one side deleted and the other did not write is gone', () => {
    fc.assert(
      fc.property(states, randomEdit, fc.constantFrom('a', 'b', 'c'), fc.boolean(), (make, edit, key, isOurs) => {
        const base = captureRoot({ ...make(), [key]: { inner: make() } })
        const deleted = record(base, (draft: Record<string, unknown>) => delete draft[key])
        const edited = recorded(base, edit, key)
        fc.pre(deleted !== undefined && edited !== undefined)
        const { recorded: result } = merge(
          isOurs ? { base, ours: deleted, theirs: edited } : { base, ours: edited, theirs: deleted },
        )
        expect(Object.hasOwn(result?.state ?? deleted.state, key)).toBe(false)
      }),
      settings,
    )
  })

  it('announces a conflict wherever it leaves out what ours wrote', () => {
    fc.assert(
      fc.property(states, randomEdit, edits, (make, edit, others) => {
        const base = captureRoot(make())
        const ours = recorded(base, edit)
        fc.pre(ours !== undefined)
        const { conflicts } = mergeOver(base, ours, commits(base, others))
        for (const { ours: our, theirs: their, result, lost } of conflicts) {
          if (lost === 'ours') expect(result).toBe(their)
          if (lost === 'theirs' && !Object.is(result, our)) expect(Array.isArray(result)).toBe(true)
        }
      }),
      settings,
    )
  })

  it('of a merge that lost again begins at its own base', () => {
    const base = captureRoot({ s: {} })
    const ours = record(base, (draft: { s: Record<string, number> }) => void (draft.s['o'] = 1))
    const first = record(base, (draft: { s: Record<string, number> }) => void (draft.s['t'] = 1))
    if (!ours || !first) throw new Error('both record')
    const second = record(first.state, (draft: { s: Record<string, number> }) => void (draft.s['u'] = 1))
    const { recorded: result } = mergeOver(base, ours, [first.diff, second?.diff])
    expect(result?.state).toEqual({ s: { t: 1, u: 1, o: 1 } })
  })
})

describe('lists', () => {
  /** Edits of lists of distinct elements: nothing is inserted that is in the base or in the other side. */
  const steps = fc.array(fc.record({ action: fc.nat(5), first: fc.nat(20), second: fc.nat(20) }), { maxLength: 4 })
  const makers: Record<string, (name: string) => unknown> = {
    strings: name => name,
    'objects with ids': id => ({ id, n: 1 }),
  }
  for (const [what, element] of Object.entries(makers)) {
    it(`of ${what}: nothing twice, nothing deleted comes back, nothing that both kept or one inserted vanishes`, () => {
      fc.assert(
        fc.property(fc.nat(7), steps, steps, (length, our, their) => {
          const names = Array.from({ length }, (_, index) => `b${index}`)
          const base = captureRoot({ l: names.map(element) })
          const [ours, theirs] = [editList(base, our, 'o', element), editList(base, their, 't', element)]
          fc.pre(ours !== undefined && theirs !== undefined)
          const { recorded: result, conflicts } = merge({ base, ours, theirs })
          const merged = namesOf(result?.state ?? theirs.state)
          const [ourNames, theirNames] = [namesOf(ours.state), namesOf(theirs.state)]
          expect(new Set(merged).size).toBe(merged.length)
          for (const name of names) {
            const isKept = ourNames.includes(name) && theirNames.includes(name)
            if (isKept) expect(merged).toContain(name)
            else if (conflicts.length === 0) expect(merged).not.toContain(name)
          }
          if (conflicts.length > 0) return
          for (const name of [...ourNames, ...theirNames]) if (!names.includes(name)) expect(merged).toContain(name)
        }),
        propertySettings(250),
      )
    })
  }

  it('that were only pushed to hold every element once: theirs first, each side’s in its order', () => {
    const pushes = fc.array(fc.nat(9), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(randomList, pushes, pushes, (make, our, their) => {
        const base = captureRoot({ l: make() })
        const push = (values: number[]): Recorded | undefined =>
          record(base, (draft: { l: unknown[] }) => draft.l.push(...values))
        const [ours, theirs] = [push(our), push(their)]
        fc.pre(ours !== undefined && theirs !== undefined)
        const { recorded: result, conflicts } = merge({ base, ours, theirs })
        expect(result?.state['l']).toEqual([...make(), ...their, ...our])
        expect(conflicts).toEqual([])
      }),
      settings,
    )
  })

  it('of any kind, edited in any way on both sides, merge to the same on every replica', () => {
    fc.assert(
      fc.property(randomList, randomEdit, edits, (make, edit, others) => {
        const base = captureRoot({ a: make() })
        const ours = recorded(base, edit, 'a')
        fc.pre(ours !== undefined)
        const diffs = commits(base, others, 'a')
        const merged = mergeOver(base, ours, diffs)
        const replica = foldDiffs(
          [...diffs, ...(merged.recorded ? [merged.recorded.diff] : [])].map(diff => unpack(pack(diff))),
          base,
        )
        expect(orderedText(replica.state)).toBe(orderedText(stateOf(merged, base, diffs)))
      }),
      settings,
    )
  })
})

function recorded(base: State, edit: RandomEdit, within?: string): Recorded | undefined {
  return record(base, draft => runEdit(draft, edit, within))
}

/** The diffs of the commits that these edits make one after the other. */
function commits(base: State, others: readonly RandomEdit[], within?: string): unknown[] {
  const diffs: unknown[] = []
  let state = base
  for (const edit of others) {
    const commit = recorded(state, edit, within)
    if (commit === undefined) continue
    diffs.push(commit.diff)
    state = commit.state
  }
  return diffs
}

function mergeOver(base: State, ours: Recorded, diffs: readonly unknown[]): Merged {
  return merge({ base, ours, theirs: foldDiffs(diffs, base) })
}

function stateOf({ recorded: result }: Merged, base: State, diffs: readonly unknown[]): State {
  return result?.state ?? foldDiffs(diffs, base).state
}

function leaves(value: unknown): string[] {
  if (value instanceof Map) return [...value].flatMap(entry => leaves(entry))
  if (value instanceof Set || Array.isArray(value)) return [...(value as Iterable<unknown>)].flatMap(leaves)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) {
    return [orderedText(value)]
  }
  return Object.values(value).flatMap(leaves)
}

type ListStep = { readonly action: number; readonly first: number; readonly second: number }

function editList(
  base: State,
  steps: readonly ListStep[],
  prefix: string,
  element: (name: string) => unknown,
): Recorded | undefined {
  let count = 0
  return record(base, (draft: { l: unknown[] }) => {
    for (const { action, first, second } of steps) {
      const { l } = draft
      const fresh = element(`${prefix}${count++}`)
      if (action === 0) l.push(fresh)
      if (action === 1) l.splice(first % (l.length + 1), 0, fresh)
      if (action === 2) l.splice(first % (l.length + 1), 1)
      if (action === 3) l.splice(second % (l.length + 1), 0, ...l.splice(first % (l.length + 1), 1))
      if (action === 4) l.reverse()
      if (action === 5) draft.l = l.filter((_, index) => index !== first % (l.length + 1))
    }
  })
}

function namesOf(state: State): string[] {
  return (state['l'] as unknown[]).map(entry => (typeof entry === 'string' ? entry : (entry as { id: string }).id))
}
