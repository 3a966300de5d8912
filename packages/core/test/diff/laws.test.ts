import fc from 'fast-check'
import { enableMapSet, produce } from 'immer'
import { expect, it, vi } from 'vitest'
import { applyDiff } from '../../src/diff/apply.ts'
import { type Patch, toPatches } from '../../src/diff/patches.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { record } from '../../src/draft/record.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from './ordered-text.ts'
import { applyPatches } from './patch-applier.ts'
import { type RandomEdit, propertySettings, randomEdit, randomList, randomState, runEdit } from './random-edits.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

enableMapSet()
const settings = propertySettings(80)

it('what is recorded is what the recipe made', () => {
  fc.assert(
    fc.property(randomState, randomEdit, (make, edit) => {
      const base = captureRoot(make())
      const next = captureRoot(produce(captureRoot(make()), draft => runEdit(draft, edit)))
      expect(orderedTextOfContent(stateAfter(base, edit))).toBe(orderedTextOfContent(next))
      expect(deepEqual(stateAfter(base, edit), next)).toBe(true)
    }),
    settings,
  )
})

it('lists, edited in every way, are recorded as they are, read as they are written, and shown by patches', () => {
  fc.assert(
    fc.property(randomList, randomEdit, (make, edit) => {
      const base = captureRoot({ a: make() })
      const next = captureRoot(produce(captureRoot({ a: make() }), draft => runEdit(draft, edit, 'a')))
      const recorded = record(base, draft => runEdit(draft, edit, 'a'))
      const state = recorded?.state ?? base
      expect(orderedTextOfContent(state)).toBe(orderedTextOfContent(next))
      expect(orderedText(applyPatches(base, toPatches(recorded?.diff, base)))).toBe(orderedText(state))
      if (recorded) expect(orderedText(applyDiff(unpack(pack(recorded.diff)), base).state)).toBe(orderedText(state))
    }),
    settings,
  )
})

it('the writer, a reader of the stored diff and a replay from stored states have the same value, order included', () => {
  fc.assert(
    fc.property(randomState, fc.array(randomEdit, { minLength: 1, maxLength: 3 }), (make, edits) => {
      let written = captureRoot(make())
      let read = adopt(unpack(pack(written))) as State
      for (const edit of edits) {
        const recorded = record(written, draft => runEdit(draft, edit))
        if (recorded === undefined) continue
        read = applyDiff(unpack(pack(recorded.diff)), read).state
        written = recorded.state
      }
      expect(orderedText(read)).toBe(orderedText(written))
      expect(orderedText(adopt(unpack(pack(written))))).toBe(orderedText(written))
    }),
    settings,
  )
})

it('a recipe that changes nothing records nothing', () => {
  fc.assert(
    fc.property(randomState, make => {
      const base = captureRoot(make())
      expect(record(base, (draft: Record<string, unknown>) => Object.assign(draft, make()))).toBeUndefined()
    }),
    settings,
  )
})

it('patches applied in sequence to the value before give the value after', () => {
  fc.assert(
    fc.property(randomState, randomEdit, (make, edit) => {
      const base = captureRoot(make())
      const recorded = record(base, draft => runEdit(draft, edit))
      const patches: readonly Patch[] = toPatches(recorded?.diff, base)
      expect(orderedText(applyPatches(base, patches))).toBe(orderedText(recorded?.state ?? base))
    }),
    settings,
  )
})

it('a part that no edit touched is the very same object afterwards', () => {
  fc.assert(
    fc.property(randomState, randomEdit, (make, edit) => {
      const base = captureRoot({ ...make(), a: {}, untouched: make() })
      const recorded = record(base, draft => runEdit(draft, edit, 'a'))
      for (const key of Object.keys(base)) if (key !== 'a') expect(recorded?.state[key] ?? base[key]).toBe(base[key])
    }),
    settings,
  )
})

it('what the caller put in is neither frozen nor part of the state', () => {
  fc.assert(
    fc.property(randomState, make => {
      const own = { inner: make(), list: [make()] }
      const recorded = record(captureRoot({ list: [] }), (draft: { own?: unknown; list: unknown[] }) => {
        draft.own = own
        draft.list.push(own)
      })
      const text = orderedText(recorded?.state)
      own.inner['changed'] = 1
      own.list.push({})
      expect(orderedText(recorded?.state)).toBe(text)
      expect(Object.isFrozen(own.list[0])).toBe(false)
    }),
    settings,
  )
})

function stateAfter(base: State, edit: RandomEdit): State {
  return record(base, draft => runEdit(draft, edit))?.state ?? base
}

/** Without what a fold orders differently from a recipe: new keys come last, re-inserted ones stay. */
function orderedTextOfContent(value: unknown): string {
  return orderedText(sortKeys(value))
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value instanceof Map) {
    const entries = [...value].map(([key, part]) => [key, sortKeys(part)] as const)
    return new Map(entries.toSorted(([left], [right]) => (orderedText(left) < orderedText(right) ? -1 : 1)))
  }
  if (value instanceof Set) {
    return new Set(
      [...value].map(sortKeys).toSorted((left, right) => (orderedText(left) < orderedText(right) ? -1 : 1)),
    )
  }
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(([key, part]) => [key, sortKeys(part)] as const)
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
