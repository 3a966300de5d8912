import type { CommitRecord, EndedDocument, LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'

/**
 * A document as subscribers are told of it: with the states that they are to see. Reading one may throw
 * UnreadableDocumentError, but not the newest.
 */
export type ToldDocument = ToldLiving | EndedDocument

/** A living scope, without what concerns its bytes. */
export type ToldLiving = Pick<
  LiveDocument,
  | 'type'
  | 'life'
  | 'version'
  | 'commitId'
  | 'deadline'
  | 'state'
  | 'facts'
  | 'snapshotVersion'
  | 'snapshotState'
  | 'snapshotIds'
> & { readonly tail: readonly ToldCommit[] }

/** A commit of it. */
export type ToldCommit = Omit<CommitRecord, 'frame' | 'newValues'>

/** A document as it was seen at one moment. */
export interface DocumentSeen {
  readonly type: 'document'
  readonly document: ScopeDocument
  readonly token: StoreToken
  /**
   * The same document as subscribers are told of it; default: as it is stored. `nothing`: they cannot be told of it, only
   * that a life before it is over.
   */
  readonly told?: ToldDocument | 'nothing' | undefined
  /** Nobody listens now, and it is folded now: its commits need not be told one by one. Default: false. */
  readonly isUnheard?: boolean | undefined
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
