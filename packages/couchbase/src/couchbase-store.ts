import {
  type DocumentStore,
  type LoadOptions,
  type MutationOptions,
  type MutationResult,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreToken,
  StoreUnavailableError,
  type StoredDocument,
  type WriteOptions,
} from '@scopes/core'

import { Aborts } from './aborts.ts'
import { abortedError, answerOf } from './answer.ts'
import { Collections } from './collections.ts'
import { connectBucket } from './connect-bucket.ts'
import type { DcpFeed } from './dcp/feed/dcp-feed.ts'
import { Opening, type OpeningWork } from './opening.ts'
import { OpenStore, maxDocumentBytes } from './open-store.ts'
import { type CouchbaseStoreOptions, type StoreSettings, storeSettings } from './options.ts'
import { storeFeed } from './store-feed.ts'

/** A store of many processes on many machines. */
export interface CouchbaseStore extends DocumentStore {
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A store in a Couchbase bucket. Nothing is connected before `open` or the first call.
 *
 * ```ts
 * const store = couchbaseStore({ connectionString: 'couchbase://db.local', username, password, bucket: 'scopes' })
 * ```
 * @throws InvalidArgumentError when an option has a value that is not allowed.
 */
export function couchbaseStore(options: CouchbaseStoreOptions): CouchbaseStore {
  return new CouchbaseDocumentStore(storeSettings(options))
}

/** Where the life of a store object stands. A failed opening leads back to `idle`. */
type State =
  | { readonly type: 'idle' }
  | { readonly type: 'opening'; readonly opening: Opening<OpenStore> }
  | { readonly type: 'open'; readonly store: OpenStore }
  | { readonly type: 'closed'; readonly done: Promise<void> }

class CouchbaseDocumentStore implements CouchbaseStore {
  readonly capabilities: StoreCapabilities = { isPersistent: true, isShared: true, expires: true, maxDocumentBytes }
  readonly feed: DcpFeed | undefined
  readonly #settings: StoreSettings
  readonly #aborts = new Aborts()
  #state: State = { type: 'idle' }

  constructor(settings: StoreSettings) {
    this.#settings = settings
    this.feed = storeFeed(settings, {
      prepare: async names => {
        const store = await this.#opened(undefined)
        await Promise.all(names.map(name => store.collectionReady(name)))
      },
      peek: async (key, signal) => (await this.#ready(signal)).peek(key, signal),
      load: async (key, signal) => {
        const document = await this.load(key, { signal })
        return document
      },
    })
  }

  async open({ signal }: StoreCallOptions = {}): Promise<void> {
    if (signal?.aborted) throw abortedError(signal, 'none')
    const state = this.#state
    if (state.type === 'closed') {
      await state.done
      if (this.#state === state) this.#state = { type: 'idle' }
    }
    await this.#opened(signal)
  }

  async load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    { known, signal }: LoadOptions<Known> = {},
  ): Promise<StoredDocument | Known | undefined> {
    if (signal?.aborted) throw abortedError(signal, 'none')
    const ready = this.#ready(signal)
    const store = ready instanceof Promise ? await ready : ready
    const document = await store.load(key, signal)
    return known && document?.token === known.token ? known : document
  }

  insert(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<MutationResult> {
    return this.#mutate(options, store => store.insert(key, bytes, options))
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options: MutationOptions = {}): Promise<MutationResult> {
    return this.#mutate(options, store => store.append(key, bytes, token, options))
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options: WriteOptions = {}): Promise<MutationResult> {
    return this.#mutate(options, store => store.replace(key, bytes, token, options))
  }

  remove(key: string, token: StoreToken, options: MutationOptions = {}): Promise<MutationResult> {
    return this.#mutate(options, store => store.remove(key, token, options))
  }

  async close(): Promise<void> {
    this.feed?.close()
    if (this.#state.type !== 'closed') this.#state = { type: 'closed', done: end(this.#state) }
    await this.#state.done
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** At once where the store is open: a close that comes next waits for this request, and it costs no turn of the microtasks. */
  #mutate({ signal }: StoreCallOptions, send: (store: OpenStore) => Promise<MutationResult>): Promise<MutationResult> {
    if (this.#state.type === 'open' && !signal?.aborted) return send(this.#state.store)
    return this.#mutateLater(signal, send)
  }

  async #mutateLater(
    signal: AbortSignal | undefined,
    send: (store: OpenStore) => Promise<MutationResult>,
  ): Promise<MutationResult> {
    if (signal?.aborted) throw abortedError(signal, 'none')
    return send(await this.#ready(signal))
  }

  #ready(signal: AbortSignal | undefined): OpenStore | Promise<OpenStore> {
    return this.#state.type === 'open' ? this.#state.store : this.#opened(signal)
  }

  #opened(signal: AbortSignal | undefined): Promise<OpenStore> {
    switch (this.#state.type) {
      case 'open':
        return Promise.resolve(this.#state.store)
      case 'opening':
        return this.#state.opening.isGivenUp
          ? this.#openedAgain(this.#state.opening, signal)
          : this.#state.opening.wait(signal)
      case 'closed':
        return Promise.reject(
          new StoreUnavailableError(`The store in ${this.#settings.place} is closed. Open it first.`),
        )
      case 'idle': {
        const opening = new Opening(this.#settings.place, work => this.#connect(work))
        const state: State = { type: 'opening', opening }
        this.#state = state
        opening.result.then(
          store => this.#settle(state, { type: 'open', store }),
          () => this.#settle(state, { type: 'idle' }),
        )
        return opening.wait(signal)
      }
      default:
        return this.#state satisfies never
    }
  }

  /** One that was given up ends by itself; who comes then begins anew. */
  async #openedAgain({ result }: Opening<OpenStore>, signal: AbortSignal | undefined): Promise<OpenStore> {
    await answerOf(Promise.allSettled([result]), { signal, aborts: this.#aborts, outcome: 'none' })
    return this.#opened(signal)
  }

  async #connect(work: OpeningWork): Promise<OpenStore> {
    const connected = await connectBucket(this.#settings, work)
    const collections = new Collections(connected.bucket, this.#settings)
    try {
      await collections.open()
    } catch (error) {
      await connected.disconnect()
      throw error
    }
    return new OpenStore(this.#settings, connected, collections)
  }

  #settle(state: State, next: State): void {
    if (this.#state === state) this.#state = next
  }
}

async function end(state: State): Promise<void> {
  if (state.type === 'open') return state.store.close()
  if (state.type !== 'opening') return
  state.opening.stop()
  const store = await state.opening.result.catch(() => undefined)
  await store?.close()
}
