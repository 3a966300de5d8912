import type { Clock } from '../clock.ts'
import { decodeDocument } from '../document/decode.ts'
import type { DeliveryClaim } from '../document/delivery.ts'
import type { LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import type { StoredDocument, StoreToken } from '../document/stored-document.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { View } from './commit-state.ts'
import type { Asked, WriteTarget } from './commit-target.ts'
import type { Patience } from './patience.ts'

/** What a process needs to write to a document of which it holds no scope. */
export interface DocumentTargetParts {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly patience: Patience
  readonly timeoutMs: number
  readonly keepEndsMsOf: (documentKey: string, document: LiveDocument) => number
  readonly claimDelivery: (documentKey: string) => DeliveryClaim | undefined
}

/** A document that is written to once, without a scope: its kind need not be known. */
export class DocumentTarget implements WriteTarget {
  readonly documentKey: string
  readonly #parts: DocumentTargetParts
  #copy: View
  /** As it was last seen alive. */
  lastLiving: LiveDocument | undefined

  constructor(documentKey: string, parts: DocumentTargetParts) {
    this.documentKey = documentKey
    this.#parts = parts
  }

  get store(): DocumentStore {
    return this.#parts.store
  }

  get clock(): Clock {
    return this.#parts.clock
  }

  get patience(): Patience {
    return this.#parts.patience
  }

  get timeoutMs(): number {
    return this.#parts.timeoutMs
  }

  get copy(): View {
    return this.#copy
  }

  ask(): Asked {
    return { epoch: 0, revision: 0, at: this.clock.monotonic() }
  }

  async load(): Promise<View> {
    const stored: StoredDocument | undefined = await this.patience.within(this.store.load(this.documentKey))
    this.#copy = stored && { document: decodeDocument(stored.bytes, { key: this.documentKey }), token: stored.token }
    if (this.#copy?.document.type === 'live') this.lastLiving = this.#copy.document
    return this.#copy
  }

  acknowledge(document: ScopeDocument, token: StoreToken): undefined {
    this.#copy = { document, token }
  }

  keepEndsMsOf(document: LiveDocument): number {
    return this.#parts.keepEndsMsOf(this.documentKey, document)
  }

  claimDelivery(): DeliveryClaim | undefined {
    return this.#parts.claimDelivery(this.documentKey)
  }
}
