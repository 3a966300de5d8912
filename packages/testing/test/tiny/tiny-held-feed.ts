import {
  type ChangeFeed,
  type DocumentStore,
  type FeedMessage,
  type FeedOptions,
  type StoreToken,
  compareTokens,
} from '@scopes/core'

/** What a held feed asks of what its reader holds. A broken one asks otherwise. */
export interface HeldLook {
  readonly keys: (options: FeedOptions) => Iterable<string>
  /** What is told of a document that is there; undefined: nothing. */
  readonly isNews: (token: StoreToken, told: StoreToken | undefined) => boolean
  /** The token of a removal after this document. */
  readonly removalOf: (token: StoreToken) => StoreToken
  /** What is remembered of a document that was told as removed. */
  readonly forgets: boolean
}

/** As it must be. */
export const faithfulLook: HeldLook = {
  keys: ({ held }) => held?.keys() ?? [],
  isNews: (token, told) => token !== told,
  removalOf: token => (token + 1n) as StoreToken,
  forgets: true,
}

/** The store, with a feed that looks at what is held each time that it is asked where it stands, and at nothing else. */
export function holding(store: DocumentStore, look: HeldLook = faithfulLook): DocumentStore {
  const { feed } = store
  if (feed === undefined) throw new Error('a tiny store has a feed')
  const heldFeed: ChangeFeed = {
    ...feed,
    coverage: 'held',
    open: (options = {}) => changesOf(store, feed.open(options), options, look),
  }
  return { ...store, feed: heldFeed }
}

async function* changesOf(
  store: DocumentStore,
  messages: AsyncIterable<FeedMessage>,
  options: FeedOptions,
  look: HeldLook,
): AsyncGenerator<FeedMessage, void, undefined> {
  const told = new Map<string, { readonly token: StoreToken; readonly isThere: boolean }>()
  for await (const message of messages) {
    if (message.type === 'document' || message.type === 'removed') continue
    const { partition, feedToken } = message
    for (const key of look.keys(options)) {
      const document = await store.load(key)
      const before = told.get(key)
      const known = newest(before?.token, options.held?.tokenOf(key))
      if (document) {
        if (!look.isNews(document.token, before?.token)) continue
        told.set(key, { token: document.token, isThere: true })
        yield { type: 'document', key, ...document, partition, feedToken }
      } else if (known !== undefined && (before?.isThere !== false || before.token !== known)) {
        const token = look.removalOf(known)
        if (look.forgets) told.set(key, { token, isThere: false })
        yield { type: 'removed', key, token, reason: 'deleted', partition, feedToken }
      }
    }
    yield message
  }
}

function newest(one: StoreToken | undefined, other: StoreToken | undefined): StoreToken | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return compareTokens(one, other) < 0 ? other : one
}
