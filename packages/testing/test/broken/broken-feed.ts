import assert from 'node:assert/strict'

import type { ChangeFeed, DocumentStore, FeedMessage, FeedOptions } from '@scopes/core'

import { feedTokenAt, type TinyDisk } from '../tiny/tiny-disk.ts'

/** What a flaw makes of the messages that it gets. */
type MessageFlaw = (messages: AsyncIterable<FeedMessage>, options: FeedOptions) => AsyncIterable<FeedMessage>

/** The store, with a feed whose messages go through the flaw. */
export function withMessages(store: DocumentStore, flaw: MessageFlaw): DocumentStore {
  const feed = feedOf(store)
  return {
    ...store,
    feed: { ...feed, open: (options = {}) => flaw(feed.open(options), options) },
  }
}

/** The store, with a feed that makes other messages, or none, of some. */
export function withEach(
  store: DocumentStore,
  replace: (message: FeedMessage, options: FeedOptions) => readonly FeedMessage[],
): DocumentStore {
  return withMessages(store, async function* (messages, options) {
    for await (const message of messages) yield* replace(message, options)
  })
}

/** The store, with a feed that brings its messages in batches up to each caught-up, in another order. */
export function withBatches(
  store: DocumentStore,
  reorder: (batch: readonly FeedMessage[]) => readonly FeedMessage[],
): DocumentStore {
  return withMessages(store, async function* (messages) {
    let batch: readonly FeedMessage[] = []
    for await (const message of messages) {
      batch = [...batch, message]
      if (message.type !== 'caught-up') continue
      yield* reorder(batch)
      batch = []
    }
  })
}

/** The store, with a feed that understands its options in another way. */
export function withOptions(store: DocumentStore, change: (options: FeedOptions) => FeedOptions): DocumentStore {
  const feed = feedOf(store)
  return {
    ...store,
    feed: { ...feed, open: (options = {}) => feed.open(change(options)) },
  }
}

/** The message with a token that covers all that is in the log. */
export function coveringAll(message: FeedMessage, disk: TinyDisk): FeedMessage {
  return { ...message, feedToken: feedTokenAt(disk, disk.sequence) }
}

/** The store, with a feed that goes on from now by tokens that it did not hand out itself. */
export function knowOnlyOwnTokens(store: DocumentStore): DocumentStore {
  const own = new Set<FeedOptions['since']>()
  const known = withOptions(store, ({ since, ...options }) => ({ ...options, since: own.has(since) ? since : 'now' }))
  return withEach(known, message => {
    own.add(message.feedToken)
    return [message]
  })
}

function feedOf(store: DocumentStore): ChangeFeed {
  return store.feed ?? assert.fail('the store has no feed')
}
