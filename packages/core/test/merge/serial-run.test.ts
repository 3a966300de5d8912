import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { record } from '../../src/draft/record.ts'
import { append } from '../../src/merge/append.ts'
import { merge } from '../../src/merge/merge.ts'
import { counter } from '../../src/merge/policies/counter.ts'
import { listBy } from '../../src/merge/policies/list-by.ts'
import { set } from '../../src/merge/policies/set.ts'
import { compilePolicies } from '../../src/merge/policy-table.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { propertySettings } from '../document/property-settings.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

interface Session {
  hits?: number
  total?: bigint
  log?: unknown[]
  tags?: string[]
  cart?: { sku: string; quantity: number }[]
}

const policies = compilePolicies({
  hits: counter(),
  total: counter(),
  log: append(),
  tags: set(),
  cart: listBy('sku'),
  'cart.*.quantity': counter(),
})

/** What a request does; everything may be there or not. */
type Act = (draft: Session) => void

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(by => (draft: Session) => void (draft.hits = (draft.hits ?? 0) + by)),
  fc.bigInt(-3n, 3n).map(by => (draft: Session) => void (draft.total = (draft.total ?? 0n) + by)),
  fc.nat(3).map(entry => (draft: Session) => void (draft.log ??= []).push({ entry })),
  fc.constantFrom('x', 'y', 'z').map(tag => (draft: Session) => {
    draft.tags ??= []
    if (!draft.tags.includes(tag)) draft.tags.push(tag)
  }),
  fc
    .record({
      sku: fc.constantFrom('A', 'B', 'C', 'D'),
      quantity: fc.integer({ min: 1, max: 3 }),
      isForm: fc.boolean(),
    })
    .map(({ sku, quantity, isForm }) => (draft: Session) => {
      draft.cart ??= []
      // From a form comes the whole list, made anew.
      if (isForm) draft.cart = draft.cart.map(item => ({ sku: item.sku, quantity: item.quantity }))
      const item = draft.cart.find(other => other.sku === sku)
      if (item) item.quantity += quantity
      else draft.cart.push({ sku, quantity })
    }),
)

const sessions: fc.Arbitrary<() => Session> = fc
  .record(
    {
      hits: fc.nat(9),
      total: fc.bigInt(0n, 9n),
      log: fc.array(fc.nat(3), { maxLength: 3 }),
      tags: fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 }),
      skus: fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  )
  .map(({ skus, ...rest }) => () => ({
    ...structuredClone(rest),
    ...(skus && { cart: skus.map(sku => ({ sku, quantity: 1 })) }),
  }))

describe('drafts of one base, merged in the order of their versions', () => {
  const writers = fc.array(fc.array(acts, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 5 })

  it('are what the same requests would have made one after the other (counter, append, set, listBy with counter)', () => {
    fc.assert(
      fc.property(sessions, writers, (make, requests) => {
        const base = captureRoot(make())
        expect(mergedState(base, requests)).toEqual(serialState(base, requests))
      }),
      propertySettings(200),
    )
  })

  it('also when the history is gone before each merge', () => {
    fc.assert(
      fc.property(sessions, writers, (make, requests) => {
        const base = captureRoot(make())
        expect(mergedState(base, requests, true)).toEqual(serialState(base, requests))
      }),
      propertySettings(200),
    )
  })
})

function serialState(base: State, requests: readonly (readonly Act[])[]): State {
  return requests.reduce(
    (state, request) => record(state, draft => request.forEach(act => act(draft)), policies)?.state ?? state,
    base,
  )
}

function mergedState(base: State, requests: readonly (readonly Act[])[], isHistoryGone: boolean = false): State {
  const diffs: unknown[] = []
  for (const request of requests) {
    const ours = record(base, draft => request.forEach(act => act(draft)), policies)
    if (ours === undefined) continue
    const folded = foldDiffs(diffs, base)
    const theirs = isHistoryGone ? { state: captureRoot(structuredClone(folded.state)), newValues: undefined } : folded
    const { recorded } = merge({ base, ours, theirs }, policies)
    if (recorded) diffs.push(recorded.diff)
  }
  return foldDiffs(diffs, base).state
}
