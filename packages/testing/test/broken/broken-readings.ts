import type { DocumentStore, FeedMessage } from '@scopes/core'

import { feedTokenAt, type TinyDisk } from '../tiny/tiny-disk.ts'
import { coveringAll, knowOnlyOwnTokens, withBatches, withEach, withMessages, withOptions } from './broken-feed.ts'
import type { BrokenStore } from './broken-store.ts'

/** What has been given to one reader of a disk. */
const givenAway = new WeakMap<TinyDisk, Set<FeedMessage['feedToken']>>()

/** Stores whose feeds understand their readers wrongly: positions, filters, probes, pace and end. */
export const brokenReadings: readonly BrokenStore[] = [
  {
    clause: 'lost: a token from before the log is told so, then come all current documents, then caught-up',
    flaw: 'goes on where the log begins, and says nothing',
    decorate: store => withEach(store, message => (message.type === 'lost' ? [] : [message])),
  },
  {
    clause:
      'lost: a reader that stood still for longer than the log is told so in its iteration, then all documents, then caught-up',
    flaw: 'does not say when all of them have come, unless it is asked',
    decorate: store =>
      withMessages(store, async function* (messages) {
        let isLost = false
        for await (const message of messages) {
          isLost ||= message.type === 'lost'
          if (!isLost || message.type !== 'caught-up') yield message
        }
      }),
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
  {
    clause: 'end: nothing of an iteration that was left listens to its signal any more',
    flaw: 'listens until the signal aborts',
    decorate: store =>
      withMessages(store, (messages, { signal }) => {
        signal?.addEventListener('abort', () => {})
        return messages
      }),
  },
  { clause: 'end: closing the store ends an iteration that waits', flaw: 'goes on waiting', decorate: neverEnd },
  {
    clause: 'end: an iteration of a store that was closed ends at once or rejects as unavailable',
    flaw: 'waits for a store that is gone',
    decorate: neverEnd,
  },
]

function min(sequence: string, limit: bigint): bigint {
  const number = BigInt(sequence)
  return number < limit ? number : limit
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
