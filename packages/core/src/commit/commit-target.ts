import type { Clock } from '../clock.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { DeliveryClaim } from '../document/delivery.ts'
import type { Life, LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { View } from './commit-state.ts'
import type { Indexing } from './indexing.ts'
import type { Patience } from './patience.ts'

/** When a question was sent, so that its answer can be put in order. */
export interface Asked {
  readonly epoch: number
  readonly revision: number
  /** Monotonic milliseconds. */
  readonly at: number
}

/** What a write needs to know of the document that it writes to. */
export interface WriteTarget {
  readonly documentKey: string
  readonly store: DocumentStore
  readonly clock: Clock
  /** How long a write is tried, in milliseconds. */
  readonly timeoutMs: number
  /** For answers of the store. */
  readonly patience: Patience
  /** What is known to be stored. */
  readonly copy: View

  /** To be called before a request is sent. */
  ask(): Asked

  /** Loads, adopts what is news, announces a rollback. Rejects as the store does, or with UnreadableDocumentError. */
  load(): Promise<View>

  /**
   * Afterwards the acknowledged document is known, unless the feed has brought a newer one. A promise: the feed was set back
   * meanwhile, so the acknowledgement says nothing (replica protocol `epoch`); it resolves when the store has been asked.
   */
  acknowledge(document: ScopeDocument, token: StoreToken, asked: Asked): Promise<void> | undefined

  /** How long an end of the scope waits for its handlers, in milliseconds; 0: it has none. */
  keepEndsMsOf(document: LiveDocument): number

  /** The claim of this process to deliver an end that it makes; undefined: it has no handlers for it. */
  claimDelivery(): DeliveryClaim | undefined
}

/** What a commit needs to know of the scope that it changes; one for all handles of a key in a process. */
export interface CommitTarget extends WriteTarget {
  readonly key: ScopeKey
  readonly definition: ScopeDefinition
  /** The indexes of the application. */
  readonly indexing: Indexing

  /** Afterwards nothing is known of the scope: what is learned next is not compared with what was known before. */
  forget(): void
}

/** The life that a handle belongs to: undefined until it sees or creates one, then for ever the same (L1). */
export interface LifeBinding {
  life: Life | undefined
}
