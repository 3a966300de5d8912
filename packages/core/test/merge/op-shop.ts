import { foldDiffs } from '../../src/diff/apply.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { type Merged, merge } from '../../src/merge/merge.ts'
import type { MergePolicy } from '../../src/merge/policy.ts'
import { compilePolicies } from '../../src/merge/policy-table.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'

// A state with a place for every op, and merges of drafts of it.

interface Item {
  sku: string
  n: number
  tags?: string[]
  name?: string
}

export interface Shop {
  hits: number
  total?: number
  log: unknown[]
  tags: string[]
  flags: Set<string>
  stats: { hits: number; name?: string }
  cart: Item[]
  items: Map<string, { n: number }>
}

export type Recipe = (draft: Shop) => unknown
export type Anything = Record<string, unknown>

export const shop: State = captureRoot({
  hits: 5,
  log: [1],
  tags: ['a'],
  flags: new Set(['a']),
  stats: { hits: 5 },
  cart: [
    { sku: 'A', n: 1 },
    { sku: 'B', n: 1 },
  ],
  items: new Map([['x', { n: 1 }]]),
})

/** Ours merged over what theirs committed, in their order. */
export function merged(
  ours: Recipe,
  theirs: readonly Recipe[],
  policies: Readonly<Record<string, MergePolicy>> = {},
): Merged {
  return merge(
    { base: shop, ours: recordedOn(shop, ours), theirs: foldDiffs(diffsOf(theirs), shop) },
    compilePolicies(policies),
  )
}

/** What the recipe records; it must change something. */
export function recordedOn(base: State, recipe: Recipe): Recorded {
  const recorded = record(base, recipe)
  if (recorded === undefined) throw new Error('each recipe records a change')
  return recorded
}

/** The diffs of commits that follow each other. */
export function diffsOf(recipes: readonly Recipe[]): unknown[] {
  let state = shop
  return recipes.map(recipe => {
    const recorded = recordedOn(state, recipe)
    state = recorded.state
    return recorded.diff
  })
}
