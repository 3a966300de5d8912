import assert from 'node:assert/strict'

import { compareTokens, type FeedMessage, type StoreToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { readFromNow } from './feed-reader.ts'
import { writeHistory, type Write } from './write-history.ts'

const keys = Array.from({ length: 8 }, (_, index) => `session:shop:${index}`)

/** Order: replica protocol G3. */
export const orderClauses: readonly Clause[] = [
  {
    name: 'order: each partition that the feed says to have says caught-up by itself, and no other does',
    run: async context => {
      const store = await context.openStore()
      const { messages } = await readFromNow(context, store)
      const spoken = new Set(messages.filter(({ type }) => type === 'caught-up').map(({ partition }) => partition))
      const said = Array.from({ length: store.feed?.partitions ?? 0 }, (_, partition) => partition)
      assert.deepEqual(
        [...spoken].toSorted((left, right) => left - right),
        said,
      )
    },
  },
  {
    name: 'order: the newest versions of the documents of a partition arrive in the order of their writes',
    appliesTo: ({ coverage }) => coverage === 'all',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const writes = await writeHistory(store, keys, 60)
      const messages = await reader.catchUp()
      for (const [partition, delivered] of lastDelivered(messages)) {
        assert.deepEqual(delivered, lastWritten(writes, delivered), `partition ${partition}`)
      }
    },
  },
  {
    name: 'order: a reader never goes back to an older version of a document',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      for (let round = 0; round < 3; round++) {
        await writeHistory(store, [`session:shop:${round}`, `client:shop:${round}`], 20, round)
        await reader.catchUp()
      }
      const newest = new Map<string, StoreToken>()
      for (const message of reader.messages) {
        if (message.type !== 'document' && message.type !== 'removed') continue
        const before = newest.get(message.key)
        const isBack = before !== undefined && compareTokens(message.token, before) < 0
        assert.ok(!isBack, `${message.key} goes from ${before} back to ${message.token}`)
        newest.set(message.key, message.token)
      }
    },
  },
]

/** Per partition the keys in the order of their last messages. */
function lastDelivered(messages: readonly FeedMessage[]): ReadonlyMap<number, readonly string[]> {
  const partitions = new Map<number, readonly string[]>()
  for (const message of messages) {
    if (message.type !== 'document' && message.type !== 'removed') continue
    const earlier = partitions.get(message.partition) ?? []
    partitions.set(message.partition, [...earlier.filter(key => key !== message.key), message.key])
  }
  return partitions
}

/** These keys in the order of their last writes. */
function lastWritten(writes: readonly Write[], of: readonly string[]): readonly string[] {
  return of.toSorted(
    (left, right) =>
      writes.findLastIndex(write => write.key === left) - writes.findLastIndex(write => write.key === right),
  )
}
