import { type DocumentStore, StoreUnavailableError, type StoreToken } from '@scopes/core'
import type { SeededRandom } from '@scopes/testing'

/** Keys of documents, in all vbuckets. */
export function keysFor(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `session:soak:${index}`)
}

/** Writes documents in every way there is, each write onto the one before; nobody else writes to its keys. */
export class Writer {
  readonly #store: DocumentStore
  readonly #random: SeededRandom
  readonly #tokens = new Map<string, StoreToken>()
  #writes = 0

  constructor(store: DocumentStore, random: SeededRandom) {
    this.#store = store
    this.#random = random
  }

  /** Writes that were tried. */
  get writes(): number {
    return this.#writes
  }

  /** One write to that document: it is made, appended to, replaced or removed; where its outcome is unknown, either. */
  async write(key: string, options: { readonly removes?: number } = {}): Promise<void> {
    try {
      await this.#write(key, options)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      await this.lookAgain([key])
    }
  }

  /** Afterwards it knows what is stored, as when writes were taken back. */
  async lookAgain(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const document = await this.#store.load(key)
      if (document) this.#tokens.set(key, document.token)
      else this.#tokens.delete(key)
    }
  }

  async #write(key: string, { removes = 0.1 }: { readonly removes?: number }): Promise<void> {
    const token = this.#tokens.get(key)
    const bytes = Buffer.from(`${this.#writes} `)
    this.#writes++
    const choice = this.#random.next()
    if (token === undefined) return this.#wrote(key, await this.#store.insert(key, bytes))
    if (choice < removes) {
      await this.#store.remove(key, token)
      this.#tokens.delete(key)
      return
    }
    const isAppended = choice < removes + (1 - removes) * 0.7
    return this.#wrote(
      key,
      isAppended ? await this.#store.append(key, bytes, token) : await this.#store.replace(key, bytes, token),
    )
  }

  #wrote(key: string, result: Awaited<ReturnType<DocumentStore['insert']>>): void {
    if (result.type !== 'done') throw new Error(`${key} was refused: ${result.type}`)
    this.#tokens.set(key, result.token)
  }
}
