import { type ListOrder, type ListQuery, listOrders } from './listing.ts'
import type { RowState } from './page-data.ts'

/** The largest window of the list. */
const mostRows = 200

const states: readonly RowState[] = ['live', 'ended', 'unreadable']

/** What is wanted of the list; what an address does not say, or says wrongly, is as it usually is. */
export function readListQuery(query: URLSearchParams): ListQuery {
  return {
    text: query.get('text') ?? '',
    kind: query.get('kind') || undefined,
    state: states.find(state => state === query.get('state')),
    order: listOrders.find((order: ListOrder) => order === query.get('order')) ?? 'changed',
    offset: wholeNumber(query.get('offset')) ?? 0,
    limit: Math.min(wholeNumber(query.get('limit')) ?? 50, mostRows),
  }
}

/** Undefined: there is none. */
export function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
