import type { DocumentStore, HeldKeys } from '@scopes/core'

import type { StoreDeclaration, TestClock } from './store-under-test.ts'

/** What a clause works with: stores on a place of its own. Everything opened here is closed when the clause is over. */
export interface ClauseContext extends StoreDeclaration {
  /** A store on the place of this clause, opened. */
  readonly openStore: () => Promise<DocumentStore>
  /** A store on another, empty place, opened. */
  readonly openElsewhere: () => Promise<DocumentStore>
  /** What was written at the place of the store; undefined where the feed covers everything. */
  readonly heldAt: (store: DocumentStore) => HeldKeys | undefined
  /** The clock of the place; throws when it was given none. */
  readonly clock: () => TestClock
  /** The present, by the monotonic clock that the store has. */
  readonly moment: (store: DocumentStore) => number
  /** A moment later than all that the store has dated so far, by the monotonic clock that it has. */
  readonly laterMoment: (store: DocumentStore) => Promise<number>
  /** See `StoreUnderTest.truncateLog`; throws when the place has none. */
  readonly truncateLog: () => Promise<void>
  /** How long a store may take for one answer or message before it counts as silent. */
  readonly patienceMs: number
}

/** One promise of a contract. */
export interface Clause {
  /** The promise as a sentence, unique in its contract. A known gap is named by it. */
  readonly name: string
  /** Whether a store that declares this is held to the clause. Absent: every store. */
  readonly appliesTo?: (declaration: StoreDeclaration) => boolean
  /** Resolves when the store keeps the promise, rejects with an `AssertionError` when it does not. */
  readonly run: (context: ClauseContext) => Promise<void>
}
