import { setImmediate } from 'node:timers/promises'

import { StoreUnavailableError, type DocumentStore, type MutationResult, type StoreToken } from '@scopes/core'

import type { TinyInside } from '../tiny/tiny-place.ts'

/** A store with one flaw, and the clause that must catch it. */
export interface BrokenStore {
  readonly clause: string
  readonly flaw: string
  /** Puts the flaw into a tiny store, which has none. */
  readonly decorate: (store: DocumentStore, inside: TinyInside) => DocumentStore
  /** Set for clauses about stores that keep documents for ever. */
  readonly expires?: false
}

/** A result that claims what never happened. */
export const claimed: MutationResult = { type: 'done', token: 999_999_999n as StoreToken }

/** The token that the document really has, for a store that does not look at the one it is given. */
export async function currentToken(store: DocumentStore, key: string): Promise<StoreToken | undefined> {
  return (await store.load(key))?.token
}

/** Lets others run. */
export async function others(): Promise<void> {
  await setImmediate()
}

/** An error as a store has it that knows that nothing was done. */
export function unavailable(message: string): StoreUnavailableError {
  return new StoreUnavailableError(message, { outcome: 'none' })
}
