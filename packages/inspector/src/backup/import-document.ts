import {
  type DocumentStore,
  type MovedDocument,
  outlineOf,
  type StoredDocument,
  type StoreToken,
  StoreUnavailableError,
} from '@scopes/core'

/** A document that is to be imported. */
export interface ImportedDocument extends MovedDocument {
  readonly key: string
}

/**
 * What has become of it. `imported`: the store has it. `present`: it had it, or what came of it. `kept`: the store has another
 * history under the key, which was left alone.
 */
export type ImportResult = 'imported' | 'present' | 'kept'

/** Others write to the key at the same time: after so many of them it is for who runs the import to say what is wrong. */
const mostAttempts = 16

/** Puts documents into a store without taking anything back that is there. */
export class Importer {
  readonly #store: DocumentStore
  readonly #signal: AbortSignal | undefined
  /** End markers that came with this import: what follows in its file is a later life of the id. */
  readonly #ownMarkers = new Map<string, StoreToken>()

  constructor(store: DocumentStore, signal?: AbortSignal) {
    this.#store = store
    this.#signal = signal
  }

  /**
   * Afterwards the store has the document, or is as it was. It takes the place of one that it continues, such as an earlier
   * version of the same life, and of no other. Calls for one key follow each other. Rejects with StoreUnavailableError; then it may
   * be stored, and the same call finds it there.
   */
  async add(document: ImportedDocument): Promise<ImportResult> {
    const { key, bytes, expiry } = document
    const options = { ...expiry, signal: this.#signal }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const inserted = await this.#store.insert(key, bytes, options)
      if (inserted.type === 'done') return this.#imported(document, inserted.token)
      const found = await this.#store.load(key, { signal: this.#signal })
      if (found === undefined) continue
      const verdict = this.#compare(document, found)
      if (verdict !== 'replace') return verdict
      const replaced = await this.#store.replace(key, bytes, found.token, options)
      if (replaced.type === 'done') return this.#imported(document, replaced.token)
    }
    throw new StoreUnavailableError(`${key} is written by others again and again, and was not imported.`, {
      outcome: 'none',
    })
  }

  #imported({ key, bytes }: ImportedDocument, token: StoreToken): 'imported' {
    if (outlineOf(bytes)?.isEnded === true) this.#ownMarkers.set(key, token)
    else this.#ownMarkers.delete(key)
    return 'imported'
  }

  #compare({ key, bytes }: ImportedDocument, found: StoredDocument): ImportResult | 'replace' {
    if (Buffer.compare(bytes, found.bytes) === 0) return 'present'
    const [wanted, there] = [outlineOf(bytes), outlineOf(found.bytes)]
    // An index, or what cannot be read: nobody knows which one is later.
    if (wanted === undefined || there === undefined) return 'kept'
    if (wanted.life !== there.life) return this.#ownMarkers.get(key) === found.token ? 'replace' : 'kept'
    if (wanted.version > there.version) return wanted.idAt(there.version) === there.commitId ? 'replace' : 'kept'
    return there.idAt(wanted.version) === wanted.commitId ? 'present' : 'kept'
  }
}
