import {
  type ChangeFeed,
  type FeedMessage,
  type FeedOptions,
  type StoreCallOptions,
  StoreUnavailableError,
} from '@scopes/core'

import { FeedReader, type FeedSource } from './feed-reader.ts'
import { type FeedPosition, decodeFeedToken } from './feed-token.ts'

/** The open store as its feed sees it. */
export interface FeedStore extends FeedSource {
  end(): Promise<FeedPosition>
  beginning(): Promise<FeedPosition>
  /** Afterwards every reader will deliver a `caught-up`. */
  probe(): void
}

/** The feed of a store that `opened` gives, opened at the first use. */
export function sqliteFeed(opened: () => Promise<FeedStore>): ChangeFeed {
  return {
    coverage: 'all',
    partitions: 1,

    open(options: FeedOptions = {}): AsyncIterable<FeedMessage> {
      // Now, and not at the first pull: what is written in between belongs to the reader.
      const start = begin(opened, options)
      // Whoever iterates is told; an iterable that nobody iterates has nobody to tell.
      start.catch(() => {})
      return { [Symbol.asyncIterator]: () => iterate(start, options) }
    },

    async probe({ signal }: StoreCallOptions = {}): Promise<void> {
      if (signal?.aborted) {
        throw new StoreUnavailableError('The probe was aborted before it was sent.', { cause: signal.reason })
      }
      const store = await opened()
      store.probe()
    },
  }
}

interface Start {
  readonly store: FeedStore
  readonly position: FeedPosition
}

async function begin(opened: () => Promise<FeedStore>, { since = 'now' }: FeedOptions): Promise<Start> {
  const store = await opened()
  if (since === 'now') return { store, position: await store.end() }
  if (since === 'beginning') return { store, position: await store.beginning() }
  return { store, position: decodeFeedToken(since) }
}

/** A generator whose `return` also ends a pull that waits on an idle store. */
function iterate(start: Promise<Start>, options: FeedOptions): AsyncIterator<FeedMessage, void, undefined> {
  const reader = new FeedReader(options)
  const messages = read(reader, start)
  return {
    next: () => messages.next(),
    return: () => {
      reader.stop()
      return messages.return()
    },
  }
}

async function* read(reader: FeedReader, start: Promise<Start>): AsyncGenerator<FeedMessage, void, undefined> {
  const { store, position } = await start
  yield* reader.messages(store, position)
}
