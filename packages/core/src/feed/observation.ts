import type { ScopeDocument } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'

/** A document as it was seen at one moment. */
export interface DocumentSeen {
  readonly type: 'document'
  readonly document: ScopeDocument
  readonly token: StoreToken
}

/** A removal as the feed tells it. */
export interface RemovalSeen {
  readonly type: 'removed'
  /** The token of the removal. */
  readonly token: StoreToken
  readonly reason: 'deleted' | 'expired'
}

/** What was seen of a key at one moment. `absent`: a read found nothing; it has no token. */
export type Observation = DocumentSeen | RemovalSeen | { readonly type: 'absent' }

/** When a question was sent, by the slot of that moment. */
export interface Asked {
  readonly epoch: number
  readonly revision: number
  /** Monotonic milliseconds. */
  readonly at: number
}
