import fc from 'fast-check'
import { current } from 'immer'
import { describe, expect, it, vi } from 'vitest'
import { applyDiff, foldDiffs } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { groupOperations } from '../../src/draft/operation-groups.ts'
import { valueAt } from '../../src/draft/operation-place.ts'
import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { Replay } from '../../src/draft/replay.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { propertySettings } from '../document/property-settings.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { type RandomEdit, randomEdit, runEdit } from '../diff/random-edits.ts'
import { type RandomOperation, operableState, randomOperation, runOperation } from '../draft/random-operations.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

type Mixed = readonly (RandomOperation | RandomEdit)[]

const mixed = fc.array(fc.oneof({ weight: 2, arbitrary: randomOperation }, randomEdit), { minLength: 1, maxLength: 4 })
const others = fc.array(mixed, { minLength: 1, maxLength: 2 })

describe('drafts of ops alone', () => {
  interface Shop {
    hits: number
    total?: number
    log: number[]
    tags: number[]
    flags: Set<number>
    cart: { sku: string; n: number }[]
    counters: Record<string, number>
  }
  type Op = (draft: Shop) => void
  const small = fc.nat(4)
  const sku = fc.constantFrom('A', 'B', 'C')
  const op: fc.Arbitrary<Op> = fc.oneof(
    small.map(
      (by): Op =>
        draft =>
          inc(draft, 'hits', by - 2),
    ),
    small.map(
      (by): Op =>
        draft =>
          inc(draft, 'total', by),
    ),
    fc.tuple(sku, small).map(([key, by]): Op => draft => inc(draft, ['counters', key], by)), // prettier-ignore
    fc.tuple(sku, small).map(([key, by]): Op => draft => inc(draft, ['cart', { sku: key }, 'n'], by)), // prettier-ignore
    fc.array(small, { maxLength: 3 }).map(
      (values): Op =>
        draft =>
          append(draft, 'log', ...values),
    ),
    fc.array(small, { maxLength: 3 }).map(
      (values): Op =>
        draft =>
          addToSet(draft, 'tags', ...values),
    ),
    fc.array(small, { maxLength: 3 }).map(
      (values): Op =>
        draft =>
          removeFromSet(draft, 'tags', ...values),
    ),
    fc.array(small, { maxLength: 3 }).map(
      (values): Op =>
        draft =>
          addToSet(draft, 'flags', ...values),
    ),
    fc.array(small, { maxLength: 3 }).map(
      (values): Op =>
        draft =>
          removeFromSet(draft, 'flags', ...values),
    ),
    fc.tuple(sku, small).map(([key, index]): Op => draft => moveBy(draft, 'cart', 'sku', key, index)), // prettier-ignore
  )
  const drafts = fc.array(fc.array(op, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 })
  const base = captureRoot({
    hits: 5,
    log: [0],
    tags: [1, 2],
    flags: new Set([1, 2]),
    cart: ['A', 'B', 'C'].map(key => ({ sku: key, n: 1 })),
    counters: { A: 1 },
  })
  const draftOf = (ops: readonly Op[], on: State): Recorded | undefined =>
    record(on, (draft: Shop) => {
      for (const each of ops) each(draft)
    })

  for (const isHistoryGone of [false, true]) {
    const how = isHistoryGone ? ', also where the history is gone' : ''
    it(`of one base, merged one after the other, are a serial run${how}`, () => {
      fc.assert(
        fc.property(drafts, all => {
          let serial = base
          let stored: { readonly state: State; readonly newValues: ReadonlySet<object> } = { state: base, newValues: new Set() } // prettier-ignore
          const diffs: unknown[] = []
          for (const ops of all) {
            const ours = draftOf(ops, base)
            // What changes nothing where it begins is not written, and nobody waits for it.
            if (ours === undefined) continue
            expect(ours.ops.length).toBe(ops.length)
            const theirs = isHistoryGone
              ? { state: captureRoot(structuredClone(stored.state)), newValues: undefined }
              : foldDiffs(diffs, base)
            const merged = merge({ base, ours, theirs })
            expect(merged.conflicts).toEqual([])
            if (merged.recorded) diffs.push(merged.recorded.diff)
            stored = foldDiffs(diffs, base)
            serial = draftOf(ops, serial)?.state ?? serial
            expect(deepEqual(stored.state, serial)).toBe(true)
          }
        }),
        propertySettings(60),
      )
    })
  }
})

describe('ops among plain edits', () => {
  it('on a base that nobody changed merge to what the draft is, ops included', () => {
    fc.assert(
      fc.property(operableState, mixed, (make, steps) => {
        const base = captureRoot(make())
        const ours = run(base, steps)
        fc.pre(ours !== undefined)
        const alone = merge({ base, ours, theirs: { state: base, newValues: new Set() } })
        expect(deepEqual(alone.recorded?.state, ours.state)).toBe(true)
        expect(alone.recorded?.ops).toEqual(ours.ops)
        expect(alone.conflicts).toEqual([])
      }),
      propertySettings(60),
    )
  })

  it('merge to the same from frames as from memory, and every replica agrees', () => {
    fc.assert(
      fc.property(operableState, mixed, others, (make, steps, theirs) => {
        const base = captureRoot(make())
        const ours = run(base, steps)
        fc.pre(ours !== undefined)
        const diffs = commits(base, theirs)
        const here = mergeOver(base, ours, diffs)
        const read = mergeOver(base, ours, overTheWire(diffs))
        expect(orderedText(stateOf(read, base, diffs))).toBe(orderedText(stateOf(here, base, diffs)))
        expect(read.conflicts.map(orderedText)).toEqual(here.conflicts.map(orderedText))
        const replica = adopt(unpack(pack(foldDiffs(diffs, base).state))) as State
        const { state } = here.recorded ? applyDiff(unpack(pack(here.recorded.diff)), replica) : { state: replica }
        expect(orderedText(state)).toBe(orderedText(stateOf(here, base, diffs)))
      }),
      propertySettings(60),
    )
  })

  it('leave in the merged commit those ops that make of theirs what it is at their places', () => {
    let explained = 0
    fc.assert(
      fc.property(operableState, mixed, others, (make, steps, theirs) => {
        const base = captureRoot(make())
        const ours = run(base, steps)
        fc.pre(ours !== undefined)
        const diffs = commits(base, theirs)
        const { recorded } = mergeOver(base, ours, diffs)
        if (recorded === undefined) return
        const replay = new Replay(foldDiffs(diffs, base).state)
        for (const op of recorded.ops) expect(replay.perform(op)).toBeUndefined()
        for (const { path } of groupOperations(recorded.ops)) {
          expect(deepEqual(valueAt(replay.value, path), valueAt(recorded.state, path))).toBe(true)
          explained++
        }
      }),
      propertySettings(60),
    )
    expect(explained).toBeGreaterThan(0)
  })

  it('are done to the other side: what a counted inc adds is in the sum, whatever theirs wrote there', () => {
    fc.assert(
      fc.property(operableState, mixed, fc.integer({ min: -9, max: 9 }), fc.nat(9), (make, theirs, by, value) => {
        const base = captureRoot(make())
        const ours = record(base, (draft: { n: number }) => inc(draft, 'n', by))
        fc.pre(ours !== undefined)
        const diffs = commits(base, [theirs])
        const before = foldDiffs(diffs, base).state
        const written = record(before, (draft: { n: number }) => void (draft.n = value))
        const all = written ? [...diffs, written.diff] : diffs
        expect(stateOf(mergeOver(base, ours, all), base, all)['n']).toBe(value + by)
      }),
      propertySettings(60),
    )
  })
})

function run(base: State, steps: Mixed): Recorded | undefined {
  return record(base, (draft: object) => {
    for (const step of steps) {
      if ('action' in step) runOperation(draft, current(draft), step)
      else runEdit(draft, step)
    }
  })
}

/** The diffs of the commits that these steps make one after the other. */
function commits(base: State, all: readonly Mixed[]): readonly unknown[] {
  let state = base
  return all.flatMap(steps => {
    const commit = run(state, steps)
    state = commit?.state ?? state
    return commit ? [commit.diff] : []
  })
}

function overTheWire(diffs: readonly unknown[]): readonly unknown[] {
  return diffs.map(diff => unpack(pack(diff)))
}

function mergeOver(base: State, ours: Recorded, diffs: readonly unknown[]): Merged {
  return merge({ base, ours, theirs: foldDiffs(diffs, base) })
}

function stateOf({ recorded }: Merged, base: State, diffs: readonly unknown[]): State {
  return recorded?.state ?? foldDiffs(diffs, base).state
}
