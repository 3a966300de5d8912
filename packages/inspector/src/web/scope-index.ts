import { type FeedMessage, type ScopeKey, outlineOf, parseDocumentKey } from '@scopes/core'
import type { RowState, Totals } from './page-data.ts'

/** What is kept of a scope: enough for its line in a list, and nothing of its state. */
export interface IndexEntry extends ScopeKey {
  readonly documentKey: string
  readonly state: RowState
  readonly life: string | undefined
  readonly version: number
  readonly bytes: number
  /** Unix time in seconds; 0: never. */
  readonly deadline: number
}

/** What a message of the feed changed: the entry before and after; both undefined is nothing. */
export interface IndexChange {
  readonly before: IndexEntry | undefined
  readonly after: IndexEntry | undefined
}

const nothing: IndexChange = { before: undefined, after: undefined }

/**
 * All scopes of a store by what the headers of their documents say, made from its feed: about 300 bytes of memory for each.
 * Locks, lists of indexes and journals of ends are left out.
 */
export class ScopeIndex {
  /** The one that changed last is the last. */
  readonly #entries = new Map<string, IndexEntry>()
  readonly #counts: Record<RowState, number> = { live: 0, ended: 0, unreadable: 0 }
  readonly #kinds = new Map<string, number>()
  /** Keys that a new start of the feed has not told of yet. */
  #unconfirmed: Set<string> | undefined
  #bytes = 0
  #revision = 0

  /** Another one whenever something has changed. */
  get revision(): number {
    return this.#revision
  }

  get size(): number {
    return this.#entries.size
  }

  get totals(): Totals {
    return { ...this.#counts, bytes: this.#bytes, kinds: Object.fromEntries(this.#kinds) }
  }

  /** The one that changed first is the first. */
  entries(): IterableIterator<IndexEntry> {
    return this.#entries.values()
  }

  find(documentKey: string): IndexEntry | undefined {
    return this.#entries.get(documentKey)
  }

  take(message: Extract<FeedMessage, { readonly type: 'document' | 'removed' }>): IndexChange {
    const { key } = message
    this.#unconfirmed?.delete(key)
    if (message.type === 'removed') return this.#put(key, undefined)
    const scope = parseDocumentKey(key)
    if (scope === undefined || message.bytes === undefined) return nothing
    return this.#put(key, entryOf(key, scope, message.bytes))
  }

  /** All documents will be told again: what is not told by then is gone. */
  beginAgain(): void {
    this.#unconfirmed = new Set(this.#entries.keys())
  }

  /** Everything that there is has been told. */
  complete(): void {
    for (const key of this.#unconfirmed ?? []) this.#put(key, undefined)
    this.#unconfirmed = undefined
  }

  #put(key: string, after: IndexEntry | undefined): IndexChange {
    const before = this.#entries.get(key)
    if (before === undefined && after === undefined) return nothing
    this.#revision++
    if (before) this.#count(before, -1)
    // Put in anew it is the last.
    this.#entries.delete(key)
    if (after) {
      this.#entries.set(key, after)
      this.#count(after, 1)
    }
    return { before, after }
  }

  #count({ state, kind, bytes }: IndexEntry, by: 1 | -1): void {
    this.#counts[state] += by
    this.#bytes += by * bytes
    const count = (this.#kinds.get(kind) ?? 0) + by
    if (count === 0) this.#kinds.delete(kind)
    else this.#kinds.set(kind, count)
  }
}

function entryOf(documentKey: string, { application, kind, id }: ScopeKey, bytes: Uint8Array): IndexEntry {
  const outline = outlineOf(bytes)
  return {
    documentKey,
    application,
    kind,
    id,
    state: outline === undefined ? 'unreadable' : outline.isEnded ? 'ended' : 'live',
    life: outline?.life,
    version: outline?.version ?? 0,
    bytes: bytes.length,
    deadline: outline?.deadline ?? 0,
  }
}
