import { type ScopeDefinition, type Scopes, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

export interface InvoiceBook {
  next: number
  invoices: { number: number; by: string }[]
}

export const Book: ScopeDefinition<InvoiceBook> = defineScope({
  kind: 'book',
  initial: (): InvoiceBook => ({ next: 1, invoices: [] }),
})

/** How long nothing need be heard of who holds the lock: short, so that nobody has to wait here. Usually 15 s. */
export const leaseMs = 600

/** The scopes of the shop, on a file that all its processes share. */
export function openShop(process: string, path: string): Promise<Scopes> {
  return openScopes({ application: 'shop', process, store: sqliteStore({ path }) })
}
