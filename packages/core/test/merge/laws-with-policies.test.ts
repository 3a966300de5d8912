import fc from 'fast-check'
import { current } from 'immer'
import { describe, expect, it, vi } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { countedOperations } from '../../src/draft/counted-operations.ts'
import { record } from '../../src/draft/record.ts'
import { merge } from '../../src/merge/merge.ts'
import { compilePolicies } from '../../src/merge/policy-table.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { type RandomEdit, randomEdit, randomState, runEdit } from '../diff/random-edits.ts'
import { type RandomOperation, operableState, randomOperation, runOperation } from '../draft/random-operations.ts'
import { propertySettings } from '../document/property-settings.ts'
import { leaves, mergeOf, randomMerges, run, stored } from './random-merges.ts'
import { anyPolicy, choosingPolicy, keepingPolicy, randomPolicies } from './random-policies.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

const settings = propertySettings(60)

describe('whatever the policies, a merge (merge rules §8)', () => {
  it('of one side that changed nothing is the other side, and no policy is asked', () => {
    fc.assert(
      fc.property(randomMerges(anyPolicy), recipe => {
        const { base, ours, policies } = mergeOf(recipe)
        const alone = merge({ base, ours, theirs: { state: base, newValues: new Set() } }, policies)
        expect(orderedText(alone.recorded?.state)).toBe(orderedText(ours.state))
        expect(alone.conflicts).toEqual([])
      }),
      settings,
    )
  })

  it('gives what can be stored, the same each time and from frames, and every replica that folds it agrees', () => {
    fc.assert(
      fc.property(randomMerges(anyPolicy), recipe => {
        const made = mergeOf(recipe)
        const here = run(made)
        const read = run({ ...made, diffs: made.diffs.map(diff => unpack(pack(diff))) })
        expect(read === undefined).toBe(here === undefined)
        if (here === undefined || read === undefined) return
        const state = stored(here, made)
        expect(orderedText(captureRoot(state))).toBe(orderedText(state))
        expect(orderedText(stored(read, made))).toBe(orderedText(state))
        expect(read.conflicts.map(orderedText)).toEqual(here.conflicts.map(orderedText))
        const replica = adopt(unpack(pack(made.theirs))) as State
        const diffs = here.recorded ? [unpack(pack(here.recorded.diff))] : []
        expect(orderedText(foldDiffs(diffs, replica).state)).toBe(orderedText(state))
      }),
      settings,
    )
  })

  it('with ops among the edits gives what every replica agrees on, and ops that are right on theirs', () => {
    const plans = fc.array(fc.oneof(randomEdit, randomOperation), { minLength: 1, maxLength: 4 })
    let withOps = 0
    fc.assert(
      fc.property(operableState, plans, plans, randomPolicies(anyPolicy), (make, our, their, policies) => {
        const table = compilePolicies(policies)
        const base = captureRoot(make())
        const [ours, theirs] = [our, their].map(plan => record(base, draft => runPlan(draft, plan), table))
        fc.pre(ours !== undefined && theirs !== undefined)
        const merged = run({ base, ours, diffs: [theirs.diff], theirs: theirs.state, policies: table })
        if (merged?.recorded === undefined) return
        const { state, diff, ops } = merged.recorded
        expect(orderedText(captureRoot(state))).toBe(orderedText(state))
        const replica = adopt(unpack(pack(theirs.state))) as State
        expect(orderedText(foldDiffs([unpack(pack(diff))], replica).state)).toBe(orderedText(state))
        expect(countedOperations(theirs.state, state, ops)).toEqual(ops)
        if (ops.length > 0) withOps++
      }),
      settings,
    )
    expect(withOps).toBeGreaterThan(0)
  })

  it('of disjoint parts is what both would have made one after the other, in either order, without conflict', () => {
    fc.assert(
      fc.property(randomState, randomEdit, randomEdit, randomPolicies(anyPolicy), (make, edit, other, policies) => {
        const table = compilePolicies(policies)
        const base = captureRoot({ ...make(), a: make(), b: make() })
        const left = record(base, draft => runEdit(draft, edit, 'a'), table)
        const right = record(base, draft => runEdit(draft, other, 'b'), table)
        fc.pre(left !== undefined && right !== undefined)
        const serial = record(left.state, draft => runEdit(draft, other, 'b'), table)?.state
        for (const [ours, theirs] of [
          [left, right],
          [right, left],
        ] as const) {
          const { recorded, conflicts } = merge({ base, ours, theirs }, table)
          expect(deepEqual(recorded?.state, serial)).toBe(true)
          expect(conflicts).toEqual([])
        }
      }),
      settings,
    )
  })

  it('whose history is gone, of disjoint parts, is the same', () => {
    fc.assert(
      fc.property(randomState, randomEdit, randomEdit, randomPolicies(anyPolicy), (make, edit, other, policies) => {
        const table = compilePolicies(policies)
        const base = captureRoot({ ...make(), a: make(), b: make() })
        const ours = record(base, draft => runEdit(draft, edit, 'a'), table)
        const theirs = record(base, draft => runEdit(draft, other, 'b'), table)
        fc.pre(ours !== undefined && theirs !== undefined)
        const known = merge({ base, ours, theirs }, table)
        const decoded = adopt(unpack(pack(theirs.state))) as State
        const gone = merge({ base, ours, theirs: { state: decoded, newValues: undefined } }, table)
        expect(deepEqual(gone.recorded?.state, known.recorded?.state)).toBe(true)
        expect(gone.conflicts).toEqual([])
      }),
      settings,
    )
  })

  it('without counters and functions that make something invents nothing: every leaf is one of the three states', () => {
    fc.assert(
      fc.property(randomMerges(keepingPolicy), recipe => {
        const made = mergeOf(recipe)
        const merged = run(made)
        if (merged === undefined) return
        const known = new Set([made.base, made.ours.state, made.theirs].flatMap(state => leaves(state)))
        for (const leaf of leaves(stored(merged, made))) expect(known).toContain(leaf)
      }),
      settings,
    )
  })

  it('where the last writer decides brings nothing back: what one side deleted and the other did not write is gone', () => {
    fc.assert(
      fc.property(
        randomMerges(choosingPolicy),
        fc.constantFrom('a', 'b', 'c'),
        fc.boolean(),
        ({ make, ours: edit, policies }, key, isOurs) => {
          const table = compilePolicies(policies)
          const base = captureRoot({ ...make(), [key]: { inner: make() } })
          const deleted = record(base, (draft: Record<string, unknown>) => delete draft[key], table)
          const edited = record(base, draft => runEdit(draft, edit, key), table)
          fc.pre(deleted !== undefined && edited !== undefined)
          const [ours, theirs] = isOurs ? [deleted, edited] : [edited, deleted]
          const { recorded } = merge({ base, ours, theirs }, table)
          expect(Object.hasOwn(recorded?.state ?? theirs.state, key)).toBe(false)
        },
      ),
      settings,
    )
  })

  it('says of each conflict what was there and what has come of it', () => {
    let told = 0
    fc.assert(
      fc.property(randomMerges(anyPolicy), recipe => {
        const made = mergeOf(recipe)
        for (const { kind, ours, theirs, result, lost, policy } of run(made)?.conflicts ?? []) {
          told++
          if (lost === 'ours') expect(deepEqual(result, theirs)).toBe(true)
          if (lost === 'none' && policy === 'function') expect(deepEqual(result, ours)).toBe(deepEqual(result, theirs))
          if (!deepEqual(ours, theirs)) continue
          expect(lost).toBe('none')
          // An edit that came to what the other wrote, doubtful keys, or a policy that is asked for equal changes too.
          expect(['inside', 'keys'].includes(kind) || ['function', 'counter'].includes(policy)).toBe(true)
        }
      }),
      settings,
    )
    expect(told).toBeGreaterThan(0)
  })
})

function runPlan(draft: object, plan: readonly (RandomEdit | RandomOperation)[]): void {
  for (const step of plan) {
    if ('action' in step) runOperation(draft, current(draft), step)
    else runEdit(draft, step)
  }
}
