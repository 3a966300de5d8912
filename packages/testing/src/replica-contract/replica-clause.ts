import type { DocumentStore, ScopeCache, ScopeDefinition, Scopes, StoredDocument } from '@scopes/core'

import type { FaultControls } from '../faults/fault-controls.ts'

/** What the sessions of these clauses hold. */
export interface Visit {
  hits: number
}

/** A process that reads from replicas. It is live. */
export interface ReplicaReader {
  readonly scopes: Scopes
  /** Of what lies between it and its store. */
  readonly faults: FaultControls
  /** How often it has asked the store for a document since it was live. */
  readonly loads: number
  /** Resolves when it has dealt with everything that is stored. */
  settle(): Promise<void>
}

/** What a clause works with: documents of its own. Everything opened here is closed when the clause is over. */
export interface ReplicaClauseContext {
  readonly Session: ScopeDefinition<Visit>
  /** A process that writes. */
  readonly writer: Scopes
  /** The store of the process that writes. */
  readonly store: DocumentStore
  /** A cache that nobody uses yet. */
  readonly cache: () => ScopeCache
  readonly openReader: () => Promise<ReplicaReader>
  /** Adds to the hits of a session by the process that writes. @returns what is stored then */
  readonly hit: (id: string) => Promise<StoredDocument>
}

/** One promise of replicas. */
export interface ReplicaClause {
  /** The promise as a sentence, unique in the contract. */
  readonly name: string
  /** Resolves when the replicas keep the promise, rejects with an `AssertionError` when they do not. */
  readonly run: (context: ReplicaClauseContext) => Promise<void>
}

/** The document key of a session. */
export function sessionKey(id: string): string {
  return `session:shop:${id}`
}
