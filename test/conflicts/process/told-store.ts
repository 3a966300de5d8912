import type {
  ChangeFeed,
  DocumentStore,
  MutationOptions,
  MutationResult,
  StoreCallOptions,
  StoreCapabilities,
  StoreToken,
  StoredDocument,
  WriteOptions,
} from '@scopes/core'

/** What is told of each mutation. */
export interface Tell {
  readonly sent?: () => void
  /** Not when it was refused. */
  readonly executed?: () => void
}

/** The same store, which tells when a mutation comes to it and when it has been executed. */
export class ToldStore implements DocumentStore {
  readonly capabilities: StoreCapabilities
  readonly feed: ChangeFeed | undefined
  readonly #store: DocumentStore
  readonly #tell: Tell

  constructor(store: DocumentStore, tell: Tell) {
    this.#store = store
    this.#tell = tell
    this.capabilities = store.capabilities
    this.feed = store.feed
  }

  open(options?: StoreCallOptions): Promise<void> {
    return this.#store.open(options)
  }

  load(key: string, options?: StoreCallOptions): Promise<StoredDocument | undefined> {
    return this.#store.load(key, options)
  }

  insert(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<MutationResult> {
    return this.#mutate(() => this.#store.insert(key, bytes, options))
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#mutate(() => this.#store.append(key, bytes, token, options))
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options?: WriteOptions): Promise<MutationResult> {
    return this.#mutate(() => this.#store.replace(key, bytes, token, options))
  }

  remove(key: string, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#mutate(() => this.#store.remove(key, token, options))
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #mutate(mutate: () => Promise<MutationResult>): Promise<MutationResult> {
    this.#tell.sent?.()
    const result = await mutate()
    if (result.type === 'done') this.#tell.executed?.()
    return result
  }
}
