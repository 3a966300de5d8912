import {
  type ChangeFeed,
  type DocumentStore,
  type LoadOptions,
  type MutationOptions,
  type MutationResult,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoredDocument,
  StoreUnavailableError,
  type StoreToken,
  type WriteOptions,
} from '@scopes/core'
import { Barrier } from './barrier.ts'

/** A store that counts what is asked of it, and fails or waits when told to. */
export class ObservedStore implements DocumentStore {
  readonly #inner: DocumentStore
  loads = 0
  writes = 0
  /** While true every load fails. */
  failsLoads = false
  /** While true every mutation fails, before it is executed. */
  failsWrites = false
  #loadBarrier: Barrier | undefined
  #writeBarrier: Barrier | undefined
  #writtenListeners: (() => void)[] = []

  constructor(inner: DocumentStore) {
    this.#inner = inner
  }

  get capabilities(): StoreCapabilities {
    return this.#inner.capabilities
  }

  get feed(): ChangeFeed | undefined {
    return this.#inner.feed
  }

  /** Loads wait from now on, until the barrier is opened. */
  holdLoads(): Barrier {
    return (this.#loadBarrier = new Barrier())
  }

  /** Mutations wait from now on, until the barrier is opened. */
  holdWrites(): Barrier {
    return (this.#writeBarrier = new Barrier())
  }

  /** Resolves when the next mutation has been executed. */
  written(): Promise<void> {
    return new Promise(resolve => this.#writtenListeners.push(resolve))
  }

  /** Forgets what was counted. */
  resetCounts(): void {
    this.loads = 0
    this.writes = 0
  }

  open(options?: StoreCallOptions): Promise<void> {
    return this.#inner.open(options)
  }

  async load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    options?: LoadOptions<Known>,
  ): Promise<StoredDocument | Known | undefined> {
    this.loads++
    await this.#loadBarrier?.pass()
    if (this.failsLoads) throw new StoreUnavailableError('The store does not answer.')
    return this.#inner.load(key, options)
  }

  insert(key: string, bytes: Uint8Array, options?: WriteOptions): Promise<MutationResult> {
    return this.#write(() => this.#inner.insert(key, bytes, options))
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#write(() => this.#inner.append(key, bytes, token, options))
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options?: WriteOptions): Promise<MutationResult> {
    return this.#write(() => this.#inner.replace(key, bytes, token, options))
  }

  remove(key: string, token: StoreToken, options?: MutationOptions): Promise<MutationResult> {
    return this.#write(() => this.#inner.remove(key, token, options))
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async #write(execute: () => Promise<MutationResult>): Promise<MutationResult> {
    this.writes++
    await this.#writeBarrier?.pass()
    if (this.failsWrites) throw new StoreUnavailableError('The store refuses.', { outcome: 'none' })
    const result = await execute()
    for (const listener of this.#writtenListeners.splice(0)) listener()
    return result
  }
}
