import {
  type Draft,
  type ScopeDefinition,
  type ScopeOptions,
  addToSet,
  append,
  counter,
  defineScope,
  inc,
  listBy,
} from '@scopes/core'

/**
 * What the writers write to: each operation leaves its mark, and its own trace somewhere else, so that a lost or doubled
 * one shows in both.
 */
export interface Sheet {
  /** The marks of all operations that are stored. */
  done: Record<string, true>
  /** Fields of one object, two levels deep. */
  halves: { left: Record<string, number>; right: Record<string, number> }
  list: string[]
  notes: Map<string, string>
  members: Set<string>
  /** Counted by recipes, which run again after a conflict. */
  hits: number
  /** Counted by drafts too: its policy is `counter()`. */
  visits: number
  /** Added up by the op `inc`, without a policy. */
  total: number
  /** One line for each article, by whomever it was put in first: `listBy('sku')`, the pieces with `counter()`. */
  cart: { sku: string; pieces: number }[]
  /** Things that some edit and others remove. */
  pool: Record<string, Record<string, true>>
  /** What single requests keep here. */
  values: Record<string, unknown>
}

/** What can be put into the cart. */
export const articles: readonly string[] = ['lens', 'mount', 'tripod']

/** The things in the pool of a new sheet. */
export const things: readonly string[] = ['anvil', 'bell', 'candle', 'drum', 'easel', 'flute']

const initial = (): Sheet => ({
  done: {},
  halves: { left: {}, right: {} },
  list: [],
  notes: new Map(),
  members: new Set(),
  hits: 0,
  visits: 0,
  total: 0,
  cart: [],
  pool: Object.fromEntries(things.map(thing => [thing, {}])),
  values: {},
})

const merge = {
  visits: counter(),
  cart: listBy('sku'),
  'cart.*.pieces': counter(),
} satisfies ScopeOptions<Sheet>['merge']

/** The kinds of scopes that are written to. */
export const kinds: readonly SheetKind[] = ['session', 'client', 'application']

/** Each of them holds a sheet. */
export const definitions: Readonly<Record<SheetKind, ScopeDefinition<Sheet>>> = {
  session: defineScope({ kind: 'session', initial, merge, idle: '30m', absolute: '12h' }),
  client: defineScope({ kind: 'client', initial, merge, idle: '90d' }),
  application: defineScope({ kind: 'application', initial, merge }),
}

export type SheetKind = 'session' | 'client' | 'application'

/** One sheet. */
export interface SheetName {
  readonly kind: SheetKind
  readonly id: string
}

/** What one writer does in one commit. */
export type Operation = {
  /** No other operation has it. */
  readonly mark: string
  /** By a recipe, or by a draft that is merged. */
  readonly way: 'update' | 'draft'
} & (
  | { readonly type: 'field'; readonly side: 'left' | 'right'; readonly value: number }
  | { readonly type: 'push' | 'append' | 'member' | 'join' | 'hit' | 'visit' }
  | { readonly type: 'add'; readonly amount: number }
  | { readonly type: 'buy'; readonly sku: string }
  | { readonly type: 'edit'; readonly thing: string }
  | { readonly type: 'remove'; readonly thing: string }
)

/** Makes the change in a draft. */
export function apply(draft: Draft<Sheet>, operation: Operation): void {
  const { mark } = operation
  draft.done[mark] = true
  switch (operation.type) {
    case 'field':
      draft.halves[operation.side][mark] = operation.value
      return
    case 'push':
      draft.list.push(mark)
      return
    case 'member':
      draft.notes.set(mark, `by ${mark}`)
      draft.members.add(mark)
      return
    case 'append':
      append(draft, 'list', mark)
      return
    case 'join':
      addToSet(draft, 'members', mark)
      return
    case 'hit':
      draft.hits++
      return
    case 'visit':
      draft.visits++
      return
    case 'add':
      inc(draft, 'total', operation.amount)
      return
    case 'buy': {
      const line = draft.cart.find(({ sku }) => sku === operation.sku)
      if (line) line.pieces++
      else draft.cart.push({ sku: operation.sku, pieces: 1 })
      return
    }
    case 'edit': {
      const thing = draft.pool[operation.thing]
      if (thing) thing[mark] = true
      return
    }
    case 'remove':
      delete draft.pool[operation.thing]
      return
    default:
      operation satisfies never
  }
}
