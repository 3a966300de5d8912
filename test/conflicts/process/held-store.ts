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

/** Where a mutation can be held: on its way to the store, or when the store has executed it and its caller does not know. */
export type HoldPoint = 'sent' | 'executed'

/** What the store works with. */
export interface HeldStoreOptions {
  /** A mutation is at this point. */
  readonly tell: (point: HoldPoint) => void
  /** Resolves when what this process has told before is known outside, whatever happens to it. */
  readonly left: () => Promise<void>
}

/** The same store, which tells of each mutation where it is, and can hold it there. */
export class HeldStore implements DocumentStore {
  readonly capabilities: StoreCapabilities
  readonly feed: ChangeFeed | undefined
  readonly #store: DocumentStore
  readonly #options: HeldStoreOptions
  #heldAt: HoldPoint | undefined
  #held: (() => void)[] = []

  constructor(store: DocumentStore, options: HeldStoreOptions) {
    this.#store = store
    this.#options = options
    this.capabilities = store.capabilities
    this.feed = store.feed
  }

  /** From now on mutations stay at this point. */
  hold(point: HoldPoint): void {
    this.#heldAt = point
  }

  /** Lets those go on that are held now; the next ones will be held. */
  letOn(): void {
    const held = this.#held
    this.#held = []
    for (const goOn of held) goOn()
  }

  /** Lets all go on, and holds no more. */
  release(): void {
    this.#heldAt = undefined
    this.letOn()
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
    await this.#pass('sent')
    // Who kills this process knows what it was about to write.
    await this.#options.left()
    const result = await mutate()
    if (result.type === 'done') await this.#pass('executed')
    return result
  }

  async #pass(point: HoldPoint): Promise<void> {
    const isHeld = this.#heldAt === point
    this.#options.tell(point)
    if (isHeld) await new Promise<void>(resolve => this.#held.push(resolve))
  }
}
