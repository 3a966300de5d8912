import type { Patience } from '../commit/patience.ts'
import { backoffMs } from '../commit/backoff.ts'
import type { Clock } from '../clock.ts'
import { markerExpiry } from '../definition/lifetime.ts'
import { decodeDocument } from '../document/decode.ts'
import { encodeMarker } from '../document/encode.ts'
import { isJournalKey, journalKey } from '../document/journal.ts'
import type { EndedDocument } from '../document/scope-document.ts'
import type { StoredDocument, StoreToken } from '../document/stored-document.ts'
import type { DocumentStore } from '../store/document-store.ts'

/** What deliveries need of the store. */
export interface EndStore {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly patience: Patience
  /** How long a write is tried, in milliseconds. */
  readonly timeoutMs: number
}

/** How a record is to be changed. */
export interface EndChange {
  /** What is to be stored. */
  readonly next: (marker: EndedDocument) => EndedDocument
  /** It is stored already: an answer was lost. */
  readonly isDone: (marker: EndedDocument) => boolean
  /** It may still be changed so. */
  readonly isAllowed: (marker: EndedDocument) => boolean
}

/** An end that waits for its handlers, where it is stored: as its scope's marker, or as the journal that took its place. */
export class EndRecord {
  readonly #store: EndStore
  #key: string
  #marker: EndedDocument
  #token: StoreToken

  constructor(store: EndStore, storedAs: string, marker: EndedDocument, token: StoreToken) {
    this.#store = store
    this.#key = storedAs
    this.#marker = marker
    this.#token = token
  }

  /** The end as it was last seen. */
  get marker(): EndedDocument {
    return this.#marker
  }

  /** The document that holds it. */
  get storedAs(): string {
    return this.#key
  }

  get token(): StoreToken {
    return this.#token
  }

  /** The document key of the scope. */
  get scopeKey(): string {
    return this.#marker.of ?? this.#key
  }

  /** Looks where the end is now. False: it has gone. Rejects as the store does, or with UnreadableDocumentError. */
  async find(): Promise<boolean> {
    if (await this.#read(this.#key)) return true
    // A new life has taken the marker's place, and put it aside first (lease protocol N3).
    const journal = journalKey(this.scopeKey, this.#marker.life)
    return !isJournalKey(this.#key) && (await this.#read(journal))
  }

  /**
   * Afterwards the end is stored as changed. False: it has gone, or must not be changed so any more.
   * Rejects with the store's last error when it fails for too long.
   */
  async change({ next, isDone, isAllowed }: EndChange): Promise<boolean> {
    const { clock, timeoutMs } = this.#store
    const until = clock.monotonic() + timeoutMs
    for (let failures = 0; ;) {
      try {
        if (await this.#replace(next(this.#marker))) return true
        if (!(await this.find())) return false
        if (isDone(this.#marker)) return true
        if (!isAllowed(this.#marker)) return false
      } catch (error) {
        if (clock.monotonic() >= until) throw error
        await clock.sleep(backoffMs(++failures, Math.random()))
        // The answer may have been lost, not the request: the next one is refused then, and looks.
      }
    }
  }

  async #replace(marker: EndedDocument): Promise<boolean> {
    const { store, patience, clock } = this.#store
    const { bytes } = encodeMarker(marker)
    const options = markerExpiry(marker.deadline, clock.now())
    const result = await patience.within(store.replace(this.#key, bytes, this.#token, options))
    if (result.type === 'refused') return false
    this.#marker = marker
    this.#token = result.token
    return true
  }

  async #read(key: string): Promise<boolean> {
    const { store, patience } = this.#store
    const stored: StoredDocument | undefined = await patience.within(store.load(key))
    const document = stored && decodeDocument(stored.bytes, { key })
    if (stored === undefined || document?.type !== 'ended' || document.life !== this.#marker.life) return false
    this.#key = key
    this.#marker = document
    this.#token = stored.token
    return true
  }
}
