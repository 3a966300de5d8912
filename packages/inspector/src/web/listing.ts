import type { RowState } from './page-data.ts'
import type { IndexEntry, ScopeIndex } from './scope-index.ts'

/** The order of a list: changed last, or by a column. */
export const listOrders = ['changed', 'key', 'size', 'version', 'deadline'] as const
export type ListOrder = (typeof listOrders)[number]

/** Which part of the list is wanted. */
export interface ListQuery {
  /** Only scopes whose key holds this text, whatever its case. */
  readonly text: string
  readonly kind: string | undefined
  readonly state: RowState | undefined
  readonly order: ListOrder
  readonly offset: number
  readonly limit: number
}

/** A window of the list. */
export interface ListWindow {
  readonly total: number
  readonly entries: readonly IndexEntry[]
}

const comparisons: Readonly<Record<Exclude<ListOrder, 'changed'>, (one: IndexEntry, other: IndexEntry) => number>> = {
  key: (one, other) => (one.documentKey < other.documentKey ? -1 : 1),
  size: (one, other) => other.bytes - one.bytes,
  version: (one, other) => other.version - one.version,
  deadline: (one, other) => (one.deadline || Infinity) - (other.deadline || Infinity) || 0,
}

/** Windows of an index. The list that was asked for last is kept until the index changes: scrolling sorts nothing. */
export class Listing {
  readonly #index: ScopeIndex
  #kept: { readonly name: string; readonly revision: number; readonly entries: readonly IndexEntry[] } | undefined

  constructor(index: ScopeIndex) {
    this.#index = index
  }

  window({ offset, limit, ...wanted }: ListQuery): ListWindow {
    const name = JSON.stringify(wanted)
    const { revision } = this.#index
    if (this.#kept?.name !== name || this.#kept.revision !== revision) {
      this.#kept = { name, revision, entries: this.#list(wanted) }
    }
    const { entries } = this.#kept
    return { total: entries.length, entries: entries.slice(offset, offset + limit) }
  }

  #list({ text, kind, state, order }: Omit<ListQuery, 'offset' | 'limit'>): readonly IndexEntry[] {
    const part = text.toLowerCase()
    const isWanted = (entry: IndexEntry): boolean =>
      (kind === undefined || entry.kind === kind) &&
      (state === undefined || entry.state === state) &&
      (part === '' || entry.documentKey.toLowerCase().includes(part))
    const entries: IndexEntry[] = []
    for (const entry of this.#index.entries()) if (isWanted(entry)) entries.push(entry)
    // Where two are equal, the one that changed last comes first.
    entries.reverse()
    return order === 'changed' ? entries : entries.sort(comparisons[order])
  }
}
