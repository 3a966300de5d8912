import { type Clock, type FeedMessage, type FeedOptions, type StoreToken, compareTokens } from '@scopes/core'

import { kindOf } from '../kind-of.ts'
import { probeKey } from '../probe-key.ts'
import { tokenAfter } from '../store-token.ts'
import type { PolledStore } from './polled-store.ts'
import type { PollingToken } from './polling-token.ts'

/** What the readings of a feed share. */
export interface PollingParts {
  readonly store: PolledStore
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** Between the end of a round and the next one, in milliseconds. */
  readonly intervalMs: number
  readonly token: PollingToken
}

/** What a reader is told first: that he missed what has gone, or that he comes from elsewhere. */
export type Greeting = 'lost' | 'rolled-back' | undefined

/** What a reader has been told of a document, or knew when he came. */
interface Told {
  readonly token: StoreToken
  readonly isThere: boolean
}

type KeyMessage = Extract<FeedMessage, { readonly key: string }>

/** How many documents are looked at at the same time. */
const atOnce = 32

/**
 * One iteration of a polling feed: rounds over all that its reader holds, each of which looks whether the tokens have moved. A
 * round begins when its reader asks for a message, so nothing is read ahead but what is looked at together.
 */
export class PollingReading {
  readonly #parts: PollingParts
  readonly #options: FeedOptions
  readonly #greeting: Greeting
  readonly #stop = new AbortController()
  readonly #told: Map<string, Told>
  /** A round is to be proven by `caught-up`: the first one, and the next one that begins after a probe. */
  #isProofOwed = true
  #wake = (): void => {}

  /** @param known what the reader knew when he came: of that he is told only changes */
  constructor(parts: PollingParts, options: FeedOptions, known: ReadonlyMap<string, StoreToken>, greeting: Greeting) {
    this.#parts = parts
    this.#options = options
    this.#greeting = greeting
    this.#told = new Map([...known].map(([key, token]) => [key, { token, isThere: true }]))
  }

  /** Afterwards a round is made that begins after this call, and is proven. */
  ask(): void {
    this.#isProofOwed = true
    this.#wake()
  }

  /** Afterwards the iteration ends, also while it waits. */
  stop(): void {
    this.#stop.abort()
    this.#wake()
  }

  async *messages(): AsyncGenerator<FeedMessage, void, undefined> {
    const { signal } = this.#options
    const stop = (): void => this.stop()
    if (signal?.aborted) return
    signal?.addEventListener('abort', stop)
    try {
      if (this.#greeting) yield { type: this.#greeting, ...this.#common }
      while (!this.#stop.signal.aborted) yield* this.#round()
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  get #common(): Pick<FeedMessage, 'partition' | 'feedToken'> {
    return { partition: 0, feedToken: this.#parts.token.token }
  }

  async *#round(): AsyncGenerator<FeedMessage, void, undefined> {
    const { clock } = this.#parts
    const isProof = this.#isProofOwed
    this.#isProofOwed = false
    const asOf = clock.monotonic()
    yield* this.#changes(isProof)
    if (this.#stop.signal.aborted) return
    if (isProof) yield { type: 'caught-up', asOf, ...this.#common }
    await this.#pause()
  }

  /** A document that cannot be read does not keep the others back: the round fails when they have been told. */
  async *#changes(isProof: boolean): AsyncGenerator<FeedMessage, void, undefined> {
    const keys = this.#wanted()
    // Who holds nothing is told all the same whether the store can be asked.
    if (isProof && keys.length === 0) await this.#parts.store.peek(probeKey, this.#stop.signal)
    let failure: PromiseRejectedResult | undefined
    for (let start = 0; start < keys.length; start += atOnce) {
      const looks = await Promise.allSettled(keys.slice(start, start + atOnce).map(key => this.#look(key)))
      if (this.#stop.signal.aborted) return
      const failed = looks.filter(look => look.status === 'rejected')
      failure ??= failed[0]
      // The server is gone: each further look would wait for it.
      if (failed.length === looks.length) break
      for (const look of looks) {
        if (look.status === 'rejected' || look.value === undefined) continue
        yield* this.#tell(look.value)
        if (this.#stop.signal.aborted) return
      }
    }
    if (failure) throw failure.reason
  }

  /** What is held now, as far as it is wanted; what is held no more is forgotten. */
  #wanted(): readonly string[] {
    const { held, kinds } = this.#options
    const keys = new Set(held?.keys())
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key)
    return [...keys].filter(key => kinds?.includes(kindOf(key)) ?? true)
  }

  /** What there is to tell of the document; undefined: it is as it was told. Looks again while it changes under the eye. */
  async #look(key: string): Promise<KeyMessage | undefined> {
    const { store } = this.#parts
    const { signal } = this.#stop
    for (;;) {
      const told = this.#told.get(key)
      // Before the look: what the reader writes while it is under way comes after what it finds.
      const known = newer(told?.token, this.#options.held?.tokenOf(key))
      const token = await store.peek(key, signal)
      if (token === undefined) return this.#gone(key, known)
      if (told?.isThere && token === told.token) return undefined
      if (this.#options.keysOnly) return { type: 'document', key, bytes: undefined, token, ...this.#common }
      const document = await store.load(key, signal)
      if (document) return { type: 'document', key, ...document, ...this.#common }
    }
  }

  /** The SDK keeps the token of a removal to itself: the next one after the document's is not that, but as old or older. */
  #gone(key: string, known: StoreToken | undefined): KeyMessage | undefined {
    const told = this.#told.get(key)
    if (known === undefined || (told && !told.isThere && known === told.token)) return undefined
    return { type: 'removed', key, token: tokenAfter(known), reason: 'deleted', ...this.#common }
  }

  *#tell(message: KeyMessage): Generator<FeedMessage, void, undefined> {
    const { key, token, type } = message
    const before = this.#told.get(key)
    this.#told.set(key, { token, isThere: type === 'document' })
    // Only a server that has lost writes has an older one.
    if (before && compareTokens(token, before.token) < 0) yield { type: 'rolled-back', ...this.#common }
    yield message
  }

  async #pause(): Promise<void> {
    if (this.#isProofOwed || this.#stop.signal.aborted) return
    const rest = new AbortController()
    this.#wake = () => rest.abort()
    await this.#parts.clock.sleep(this.#parts.intervalMs, rest.signal)
  }
}

function newer(one: StoreToken | undefined, other: StoreToken | undefined): StoreToken | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return compareTokens(one, other) < 0 ? other : one
}
