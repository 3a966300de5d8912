import type { DocumentStore, FeedMessage, FeedOptions } from '@scopes/core'

import { faultStore } from '../../src/fault-store.ts'
import { feedTokenAt, type TinyDisk } from '../tiny/tiny-disk.ts'
import type { TinyInside } from '../tiny/tiny-place.ts'
import { withBatches, withEach, withMessages, withOptions } from './broken-feed.ts'
import type { BrokenStore } from './broken-store.ts'

/** What has been given to one reader of a disk. */
const givenAway = new WeakMap<TinyDisk, Set<FeedMessage['feedToken']>>()

/** Stores whose feeds are wrong. */
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
  {
    clause: 'lost: a token from before the log is told so, then come all current documents, then caught-up',
    flaw: 'goes on where the log begins, and says nothing',
    decorate: store => withEach(store, message => (message.type === 'lost' ? [] : [message])),
  },
  {
    clause: 'foreign token: one of another store is answered by rolled-back before anything else, or refused',
    flaw: 'takes the number and is silent about the rest',
    decorate: (store, { disk }) =>
      withOptions(store, ({ since, ...options }) => {
        const sequence = since?.split('@')[1]
        return { ...options, since: sequence === undefined ? since : feedTokenAt(disk, min(sequence, disk.sequence)) }
      }),
  },
  {
    clause: 'foreign token: after it has been told, the feed goes on with what is written',
    flaw: 'ends when it has told',
    decorate: store =>
      withMessages(store, async function* (messages) {
        for await (const message of messages) {
          yield message
          if (message.type === 'rolled-back') return
        }
      }),
  },
  {
    clause: 'foreign token: what is no token at all is refused as an invalid argument',
    flaw: 'starts from now with what it does not understand',
    decorate: store =>
      withOptions(store, ({ since, ...options }) => ({ ...options, since: since?.includes('@') ? since : 'now' })),
  },
  {
    clause: 'kinds: changes and removals of these kinds are told, and of no other',
    flaw: 'compares as SQL does with LIKE',
    decorate: store => {
      const unfiltered = withOptions(store, options => ({ ...options, kinds: undefined }))
      return withEach(unfiltered, (message, { kinds }) => {
        const isLeftOut = 'key' in message && kinds && !kinds.some(kind => isLike(message.key, kind))
        return isLeftOut ? [] : [message]
      })
    },
  },
  {
    clause: 'kinds: they hold for the backlog too',
    flaw: 'filters only the changes',
    decorate: store =>
      withOptions(store, ({ kinds, ...options }) => ({
        ...options,
        kinds: options.since === 'beginning' ? undefined : kinds,
      })),
  },
  {
    clause: 'kinds: a token of a filtered reader misses nothing of them',
    flaw: 'counts what it has filtered and what it has yet to filter alike',
    decorate: (store, { disk }) =>
      withEach(store, (message, { kinds }) => [kinds ? coveringAll(message, disk) : message]),
  },
  {
    clause: 'kinds: a reader hears that it has caught up while only other kinds are written',
    flaw: 'has caught up when it has delivered something since',
    decorate: store =>
      withMessages(store, async function* (messages) {
        let isDue = true
        for await (const message of messages) {
          if (message.type !== 'caught-up' || isDue) yield message
          isDue = message.type !== 'caught-up'
        }
      }),
  },
  {
    clause: 'keysOnly: the messages bring no bytes, and name the same documents and tokens',
    flaw: 'brings bytes all the same',
    decorate: store => withOptions(store, options => ({ ...options, keysOnly: false })),
  },
  {
    clause:
      'probe: every open iteration yields a caught-up, asked for no earlier than the call and before its delivery',
    flaw: 'dates every proof by the opening',
    decorate: store =>
      withMessages(store, async function* (messages) {
        let opened: number | undefined
        for await (const message of messages) {
          if (message.type === 'caught-up') opened ??= message.asOf
          yield message.type === 'caught-up' ? { ...message, asOf: opened ?? message.asOf } : message
        }
      }),
  },
  {
    clause: 'probe: what was acknowledged before it is delivered before its caught-up',
    flaw: 'answers a probe at once, whatever is on its way',
    decorate: store => withBatches(store, batch => [...batch.slice(-1), ...batch.slice(0, -1)]),
  },
  {
    clause: 'back-pressure: a reader that stands still holds up nobody, and misses nothing when it goes on',
    flaw: 'reads ahead into a buffer of a hundred, and drops what finds no room',
    decorate: store => withMessages(store, readAhead),
  },
  {
    clause: 'readers: each is told everything, at its own pace',
    flaw: 'gives every message to one reader only',
    decorate: (store, { disk }) => {
      const given = givenAway.get(disk) ?? new Set()
      givenAway.set(disk, given)
      return withEach(store, message => {
        if (message.type === 'caught-up') return [message]
        const isFirst = !given.has(message.feedToken)
        given.add(message.feedToken)
        return isFirst ? [message] : []
      })
    },
  },
  {
    clause: 'readers: the others go on when one is stopped',
    flaw: 'one that stops stops them all',
    decorate: store => {
      let isStopped = false
      return withMessages(store, async function* (messages) {
        try {
          for await (const message of messages) {
            if (isStopped) return
            yield message
          }
        } finally {
          isStopped = true
        }
      })
    },
  },
  {
    clause: 'readers: what another store on the same documents writes is told too',
    flaw: 'tells only what its own store has written',
    decorate: store => {
      const own = new Set<bigint>()
      const told = withEach(store, message => ('token' in message && !own.has(message.token) ? [] : [message]))
      return {
        ...told,
        insert: async (key, bytes) => {
          const result = await store.insert(key, bytes)
          if (result.type === 'done') own.add(result.token)
          return result
        },
      }
    },
  },
  {
    clause: 'readers: a token holds at another store on the same documents',
    flaw: 'knows only its own tokens, and goes on from now with others',
    decorate: knowOnlyOwnTokens,
  },
  { clause: 'end: an abort ends an iteration that waits', flaw: 'does not hear of it', decorate: ignoreAbort },
  {
    clause: 'end: an abort ends an iteration that has more to deliver',
    flaw: 'delivers the rest first',
    decorate: ignoreAbort,
  },
  {
    clause: 'end: with a signal that has aborted before, an iteration ends at once',
    flaw: 'waits for an abort that is past',
    decorate: ignoreAbort,
  },
  {
    clause: 'end: leaving the loop ends it, and the store goes on',
    flaw: 'cannot be left',
    decorate: store =>
      withMessages(store, messages => ({
        [Symbol.asyncIterator]: () => ({
          ...withNext(messages),
          return: () => new Promise<never>(() => {}),
        }),
      })),
  },
  { clause: 'end: closing the store ends an iteration that waits', flaw: 'goes on waiting', decorate: neverEnd },
  {
    clause: 'end: an iteration of a store that was closed ends at once or rejects as unavailable',
    flaw: 'waits for a store that is gone',
    decorate: neverEnd,
  },
]

function keyOf(message: FeedMessage): string {
  // Behind every key, so that a caught-up stays the last of its batch.
  return 'key' in message ? message.key : '\uffff'
}

function min(sequence: string, limit: bigint): bigint {
  const number = BigInt(sequence)
  return number < limit ? number : limit
}

function coveringAll(message: FeedMessage, disk: TinyDisk): FeedMessage {
  return { ...message, feedToken: feedTokenAt(disk, disk.sequence) }
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

function knowOnlyOwnTokens(store: DocumentStore): DocumentStore {
  const own = new Set<FeedOptions['since']>()
  const known = withOptions(store, ({ since, ...options }) => ({ ...options, since: own.has(since) ? since : 'now' }))
  return withEach(known, message => {
    own.add(message.feedToken)
    return [message]
  })
}

/** `_` stands for any character, and case does not count. */
function isLike(key: string, kind: string): boolean {
  return new RegExp(`^${kind.replaceAll('_', '.')}:`, 'i').test(key)
}

async function* readAhead(messages: AsyncIterable<FeedMessage>): AsyncGenerator<FeedMessage, void> {
  const buffer: FeedMessage[] = []
  let isOver = false
  let wake = (): void => {}
  const pump = async (): Promise<void> => {
    for await (const message of messages) {
      if (buffer.length < 100 || message.type === 'caught-up') buffer.push(message)
      wake()
    }
  }
  const end = pump().finally(() => {
    isOver = true
    wake()
  })
  while (!isOver || buffer.length > 0) {
    const message = buffer.shift()
    if (message) yield message
    else await new Promise<void>(resolve => (wake = resolve))
  }
  await end
}

function ignoreAbort(store: DocumentStore): DocumentStore {
  return withOptions(store, options => ({ ...options, signal: undefined }))
}

function neverEnd(store: DocumentStore): DocumentStore {
  return withMessages(store, async function* (messages) {
    yield* messages
    await new Promise(() => {})
  })
}

function withNext(messages: AsyncIterable<FeedMessage>): AsyncIterator<FeedMessage> {
  const iterator = messages[Symbol.asyncIterator]()
  return { next: () => iterator.next() }
}
