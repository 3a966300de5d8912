import type { ScopeDocument } from '../../src/document/scope-document.ts'
import type { FeedMessage, FeedOptions, FeedToken } from '../../src/feed/change-feed.ts'
import type { PartitionChange, ScopeChange } from '../../src/feed/scope-change.ts'
import { ScopeChangeFollower, type ScopeChangesOptions } from '../../src/feed/scope-changes.ts'
import type { StoredDocument } from '../../src/document/stored-document.ts'
import type { DocumentStore } from '../../src/store/document-store.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { SettableClock } from '../store/settable-clock.ts'
import { bytesOf, short } from './lettered-documents.ts'

type Change = ScopeChange | PartitionChange

/** Options of a consumer that a test wants to decide on. */
export interface ConsumerOptions extends Partial<ScopeChangesOptions> {
  /** Instead of the store's own messages. */
  readonly messages?: readonly FeedMessage[]
}

/** A store of lettered documents by the id of the session that they belong to, and consumers of its changes. */
export class LetteredStore {
  readonly clock: SettableClock = new SettableClock()
  readonly store: DocumentStore

  constructor(logLength = 10_000) {
    this.store = memoryStore({ clock: this.clock, logLength })
  }

  /** Afterwards the session has this document; undefined: none. */
  async put(id: string, document: ScopeDocument | Uint8Array | undefined): Promise<void> {
    const key = `session:shop:${id}`
    const held = await this.store.load(key)
    const bytes = document instanceof Uint8Array ? document : document && bytesOf(document)
    if (bytes === undefined) await (held && this.store.remove(key, held.token))
    else await (held ? this.store.replace(key, bytes, held.token) : this.store.insert(key, bytes))
  }

  load(id: string): Promise<StoredDocument | undefined> {
    return this.store.load(`session:shop:${id}`)
  }

  /** A consumer of the changes from `since` on, or of these messages. */
  consume({ messages, ...options }: ConsumerOptions = {}): Consumer {
    const follower = new ScopeChangeFollower({
      clock: this.clock,
      load: key => this.store.load(key),
      endAgain: () => Promise.reject(new Error('Nothing was to be ended again.')),
      onUnreadable: (_key, error) => {
        throw error
      },
      ...options,
    })
    return new Consumer(this, follower, messages ? fromArray(messages) : this.open({ since: options.since }))
  }

  open(options: FeedOptions): AsyncIterable<FeedMessage> {
    const { feed } = this.store
    if (feed === undefined) throw new Error('The store has no feed.')
    return feed.open(options)
  }
}

/** Somebody who pulls changes. */
export class Consumer {
  readonly follower: ScopeChangeFollower
  readonly #store: LetteredStore
  #changes: AsyncGenerator<Change, void, undefined>

  constructor(store: LetteredStore, follower: ScopeChangeFollower, messages: AsyncIterable<FeedMessage>) {
    this.follower = follower
    this.#store = store
    this.#changes = follower.follow(messages)
  }

  /** Everything up to the next `caught-up`, or to the end of the messages. */
  async pull(): Promise<readonly Change[]> {
    const changes: Change[] = []
    for (let next = await this.#changes.next(); next.done !== true; next = await this.#changes.next()) {
      changes.push(next.value)
      if (next.value.type === 'caught-up') break
    }
    return changes
  }

  /** What is told until everything that is stored now has been. */
  async told(): Promise<readonly string[]> {
    await this.#store.store.feed?.probe()
    return shorten(await this.pull())
  }

  /** Goes on with another reading of the feed. */
  reopen(): void {
    this.#changes = this.follower.follow(this.#store.open({ since: this.follower.feedToken }))
  }
}

/** The changes in short, with the id of the session; without `caught-up`. */
export function shorten(changes: readonly Change[]): readonly string[] {
  return changes.flatMap(change => {
    if (change.type === 'caught-up') return []
    return 'key' in change ? [`${change.key.id} ${short(change)}`] : [change.type]
  })
}

/** A message about the only partition there is. */
export function message(
  position: number,
  rest: { type: 'rolled-back' | 'lost' } | { type: 'document'; id: string; document: ScopeDocument; token: number },
): FeedMessage {
  const common = { partition: 0, feedToken: String(position) as FeedToken }
  if (rest.type !== 'document') return { ...common, type: rest.type }
  const { type, id, document, token } = rest
  return {
    ...common,
    type,
    key: `session:shop:${id}`,
    bytes: bytesOf(document),
    token: BigInt(token) as StoredDocument['token'],
  }
}

async function* fromArray(messages: readonly FeedMessage[]): AsyncGenerator<FeedMessage, void, undefined> {
  yield* messages
}
