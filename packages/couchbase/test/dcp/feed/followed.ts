import type { ChangeFeed, FeedMessage, FeedOptions } from '@scopes/core'
import {
  type BucketSpec,
  type CouchbaseServer,
  startCouchbaseServer,
  type User,
} from '@scopes/testing/couchbase-server'
import { onTestFinished } from 'vitest'

import { type CouchbaseStore, couchbaseStore } from '../../../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../../../src/options.ts'
import { bucketName, optionsFor } from '../../server-place.ts'

/** One iteration of a feed, pulled by hand. */
export interface Followed {
  /** Everything that was pulled. */
  readonly messages: FeedMessage[]
  next(): Promise<FeedMessage>
  /** Pulls up to the first message like this one, and returns what came. */
  until(isLast: (message: FeedMessage) => boolean): Promise<readonly FeedMessage[]>
  /** Pulls until all partitions have said that they have caught up since this call. */
  catchUp(): Promise<readonly FeedMessage[]>
}

/** A server that ends with the test. */
export async function serverFor(
  options: Partial<BucketSpec> & { readonly nodes?: number; readonly users?: readonly User[] } = {},
): Promise<CouchbaseServer> {
  const { nodes = 1, users, ...spec } = options
  const buckets = [{ name: bucketName, vbuckets: 4, ...spec }]
  const server = await startCouchbaseServer({ nodes, buckets, ...(users && { users }) })
  onTestFinished(() => server.close())
  return server
}

/** A store, which ends with the test. */
export function storeOn(server: CouchbaseServer, options: Partial<CouchbaseStoreOptions> = {}): CouchbaseStore {
  const store = couchbaseStore({ ...optionsFor(server), ...options })
  onTestFinished(() => store.close())
  return store
}

/** The feed of the store, read from there on. */
export function follow(store: CouchbaseStore, options: FeedOptions = {}): Followed {
  const feed = feedOf(store)
  const iterator = feed.open(options)[Symbol.asyncIterator]()
  const messages: FeedMessage[] = []
  const next = async (): Promise<FeedMessage> => {
    const result = await iterator.next()
    if (result.done) throw new Error('the feed has ended')
    messages.push(result.value)
    return result.value
  }
  const until = async (isLast: (message: FeedMessage) => boolean): Promise<readonly FeedMessage[]> => {
    const start = messages.length
    while (!isLast(await next()));
    return messages.slice(start)
  }
  const catchUp = async (): Promise<readonly FeedMessage[]> => {
    const since = performance.now()
    await feed.probe()
    const caughtUp = new Set<number>()
    return until(message => {
      if (message.type === 'caught-up' && message.asOf >= since) caughtUp.add(message.partition)
      return feed.partitions > 0 && caughtUp.size === feed.partitions
    })
  }
  return { messages, next, until, catchUp }
}

/** The feed of a store that has one. */
export function feedOf({ feed }: CouchbaseStore): ChangeFeed {
  if (feed === undefined) throw new Error('the store has no feed')
  return feed
}

/** The keys of the documents among the messages, in order. */
export function keysOf(messages: readonly FeedMessage[]): readonly string[] {
  return messages.flatMap(message => (message.type === 'document' ? [message.key] : []))
}

/** The partitions that were told so, in order of their numbers. */
export function partitionsOf(messages: readonly FeedMessage[], type: FeedMessage['type']): readonly number[] {
  const told = messages.filter(message => message.type === type).map(({ partition }) => partition)
  return [...new Set(told)].sort((one, other) => one - other)
}
