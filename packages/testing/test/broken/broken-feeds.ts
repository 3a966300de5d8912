import type { DocumentStore, FeedMessage } from '@scopes/core'

import { faultStore } from '../../src/fault-store.ts'
import { feedTokenAt } from '../tiny/tiny-disk.ts'
import type { TinyInside } from '../tiny/tiny-place.ts'
import { coveringAll, knowOnlyOwnTokens, withBatches, withEach, withMessages, withOptions } from './broken-feed.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores whose feeds deliver the wrong things. */
export const brokenFeeds: readonly BrokenStore[] = [
  ...['now', 'no position at all'].flatMap(start => [
    {
      clause: `now: opened from ${start}, even the feed of an empty store hands out a token at once, with caught-up`,
      flaw: 'has nothing to say as long as nothing happens',
      decorate: (store: DocumentStore) =>
        withMessages(store, async function* (messages) {
          let isFirst = true
          for await (const message of messages) {
            if (!isFirst) yield message
            isFirst = false
          }
        }),
    },
    {
      clause: `now: opened from ${start}, a reader is told what is written after, and nothing of before`,
      flaw: 'starts from the beginning unless told otherwise',
      decorate: (store: DocumentStore) =>
        withOptions(store, ({ since = 'now', ...options }) => ({
          ...options,
          since: since === 'now' ? 'beginning' : since,
        })),
    },
  ]),
  {
    clause: 'delivery: every kind of write brings the whole document, with the token of its answer',
    flaw: 'brings only what was appended',
    decorate: store =>
      withEach(store, message => [
        message.type === 'document' ? { ...message, bytes: message.bytes?.slice(-1) } : message,
      ]),
  },
  {
    clause: 'delivery: a write wakes a reader that waits, without a probe',
    flaw: 'delivers only when asked',
    decorate: store => withBatches(store, batch => batch),
  },
  {
    clause: 'delivery: a reader that was behind ends with every document as it is',
    flaw: 'drops messages',
    decorate: store => faultStore(store, { feedRates: { drop: 0.2 } }),
  },
  {
    clause: 'order: each partition that the feed says to have says caught-up by itself, and no other does',
    flaw: 'speaks of one more than there are',
    decorate: store => ({ ...store, feed: store.feed && { ...store.feed, partitions: store.feed.partitions + 1 } }),
  },
  {
    clause: 'order: the newest versions of the documents of a partition arrive in the order of their writes',
    flaw: 'delivers in the order of the keys',
    decorate: store =>
      withBatches(store, batch => batch.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))),
  },
  {
    clause: 'order: a reader never goes back to an older version of a document',
    flaw: 'repeats an older version as the newest',
    decorate: store => faultStore(store, { feedRates: { 'older-again': 0.5 } }),
  },
  {
    clause: 'removed: a removal is told as deleted, with the token of its answer',
    flaw: 'says nothing of removals',
    decorate: store => withEach(store, message => (message.type === 'removed' ? [] : [message])),
  },
  {
    clause: 'removed: a document created again is told after the removal, with a greater token',
    flaw: 'tells removals last',
    decorate: store =>
      withBatches(store, batch => [
        ...batch.filter(({ type }) => type === 'document'),
        ...batch.filter(({ type }) => type !== 'document'),
      ]),
  },
  {
    clause: 'removed: an expiry is told as expired, with a token greater than that of the document',
    flaw: 'cannot tell an expiry from a removal',
    decorate: store =>
      withEach(store, message => [message.type === 'removed' ? { ...message, reason: 'deleted' } : message]),
  },
  {
    clause: 'beginning: all current documents come first, then caught-up',
    flaw: 'says that it has caught up, and goes on with the documents',
    decorate: store => withBatches(store, batch => [...batch.slice(-1), ...batch.slice(0, -1)]),
  },
  {
    clause: 'beginning: the changes follow after the documents',
    flaw: 'ends after the documents',
    decorate: store =>
      withMessages(store, async function* (messages, { since }) {
        for await (const message of messages) {
          yield message
          if (since === 'beginning' && message.type === 'caught-up') return
        }
      }),
  },
  {
    clause: 'beginning: the feed of an empty store says at once that it has caught up',
    flaw: 'has caught up when it has delivered something',
    decorate: onlyAfterDocuments,
  },
  {
    clause: 'resume: a reader that dies after any message of the running feed misses nothing by its token',
    flaw: 'hands out where the log ends, not where the reader stands',
    decorate: coverAll,
  },
  {
    clause: 'resume: a reader that dies after any message of the backlog misses nothing by its token',
    flaw: 'hands out where the backlog ends while it is still delivered',
    decorate: (store, { disk }) =>
      withEach(store, (message, { since }) => [since === 'beginning' ? coveringAll(message, disk) : message]),
  },
  {
    clause: 'resume: a token never covers a later message, however far the store was when it was handed out',
    flaw: 'hands out where the log ends, not where the reader stands',
    decorate: coverAll,
  },
  {
    clause: 'resume: the token of a caught-up covers nothing that is written after it',
    flaw: 'hands out the next position instead of the last',
    decorate: (store, { disk }) =>
      withEach(store, message => [
        message.type === 'caught-up' ? { ...message, feedToken: feedTokenAt(disk, disk.sequence + 1n) } : message,
      ]),
  },
  {
    clause: 'resume: a removal since the token is told',
    flaw: 'goes on with what is there now',
    decorate: store => withOptions(store, ({ since, ...options }) => ({ ...options, since: since && 'beginning' })),
  },
  {
    clause: 'resume: where nothing happened since, caught-up comes at once',
    flaw: 'forgets caught-up where it has nothing to deliver',
    decorate: onlyAfterDocuments,
  },
  {
    clause: 'resume: every token holds after the store was closed and opened again',
    flaw: 'knows only the tokens of this opening, and goes on from now with others',
    decorate: knowOnlyOwnTokens,
  },
]

function keyOf(message: FeedMessage): string {
  // Behind every key, so that a caught-up stays the last of its batch.
  return 'key' in message ? message.key : '\uffff'
}

function coverAll(store: DocumentStore, { disk }: TinyInside): DocumentStore {
  return withEach(store, message => [coveringAll(message, disk)])
}

function onlyAfterDocuments(store: DocumentStore): DocumentStore {
  return withMessages(store, async function* (messages, { since = 'now' }) {
    let hasDelivered = since === 'now'
    for await (const message of messages) {
      hasDelivered ||= message.type !== 'caught-up'
      if (hasDelivered) yield message
    }
  })
}
