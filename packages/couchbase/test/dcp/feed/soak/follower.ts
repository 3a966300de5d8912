import {
  type DocumentStore,
  type FeedMessage,
  type FeedOptions,
  type FeedToken,
  type StoreToken,
  compareTokens,
} from '@scopes/core'

/** What a follower believes of one document; no bytes: it was removed. */
interface Known {
  readonly partition: number
  readonly token: StoreToken
  readonly bytes: Uint8Array | undefined
}

/** The documents that the messages of a feed tell of, put together by hand: the newest of each key, whatever comes twice. */
export class Follower {
  readonly #store: DocumentStore
  readonly #iterator: AsyncIterator<FeedMessage>
  readonly #known: Map<string, Known>
  readonly #abort = new AbortController()
  /** Where to go on after the last message. */
  token: FeedToken | undefined
  /** Messages about documents. */
  documents = 0
  /** Partitions that were told to have lost writes, one for each message. */
  readonly rolledBack: number[] = []
  /** Messages that told of an older version than one before, without a rollback between. */
  readonly disorder: string[] = []

  private constructor(store: DocumentStore, known: Map<string, Known>, options: FeedOptions) {
    this.#store = store
    this.#known = known
    const feed = feedOf(store)
    this.#iterator = feed.open({ ...options, signal: this.#abort.signal })[Symbol.asyncIterator]()
  }

  static from(store: DocumentStore, since: 'now' | 'beginning'): Follower {
    return new Follower(store, new Map(), { since })
  }

  /** Another process that goes on where this one was, with what it knew. */
  successor(store: DocumentStore): Follower {
    return new Follower(store, new Map(this.#known), { since: this.token ?? 'beginning' })
  }

  /** Takes one message; what it means has taken effect afterwards. */
  async step(): Promise<FeedMessage> {
    const { done, value } = await this.#iterator.next()
    if (done) throw new Error('the feed has ended')
    await this.#take(value)
    this.token = value.feedToken
    return value
  }

  /** Takes messages until each partition has delivered all that was there when this was called. */
  async catchUp(): Promise<void> {
    const asked = performance.now()
    await feedOf(this.#store).probe()
    const proven = new Set<number>()
    for (;;) {
      const { partitions } = feedOf(this.#store)
      if (partitions > 0 && proven.size === partitions) return
      const message = await this.step()
      if (message.type === 'caught-up' && message.asOf >= asked) proven.add(message.partition)
    }
  }

  /** Ends it as when its process is killed: what it did not take it will never know. */
  kill(): void {
    this.#abort.abort()
  }

  /** The living documents by key, as bytes in hexadecimal. */
  get picture(): ReadonlyMap<string, string> {
    const living = [...this.#known].flatMap(([key, { bytes }]) => (bytes ? [[key, hex(bytes)] as const] : []))
    return new Map(living.sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  async #take(message: FeedMessage): Promise<void> {
    const { partition } = message
    switch (message.type) {
      case 'document':
      case 'removed': {
        this.documents++
        const { key, token } = message
        const before = this.#known.get(key)
        const order = before ? compareTokens(before.token, token) : -1
        if (order > 0) this.disorder.push(`${key}: ${token} after ${before?.token}`)
        if (order < 0) {
          this.#known.set(key, { partition, token, bytes: message.type === 'document' ? message.bytes : undefined })
        }
        return
      }
      case 'rolled-back':
        this.rolledBack.push(partition)
        return this.#readAgain(partition)
      case 'lost':
        throw new Error('nothing was purged, so nothing can be lost')
      case 'caught-up':
        return
      default:
        message satisfies never
    }
  }

  /** What was known may have been taken back. */
  async #readAgain(partition: number): Promise<void> {
    for (const [key, known] of this.#known) {
      if (known.partition !== partition) continue
      const document = await this.#store.load(key)
      if (document) this.#known.set(key, { partition, token: document.token, bytes: document.bytes })
      else this.#known.delete(key)
    }
  }
}

/** The living documents of these keys as the store has them now. */
export async function storedPicture(
  store: DocumentStore,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const loaded = await Promise.all(keys.map(async key => [key, await store.load(key)] as const))
  const living = loaded.flatMap(([key, document]) => (document ? [[key, hex(document.bytes)] as const] : []))
  return new Map(living.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function feedOf({ feed }: DocumentStore): NonNullable<DocumentStore['feed']> {
  if (!feed) throw new Error('the store has no feed')
  return feed
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
