import assert from 'node:assert/strict'

import type { DocumentStore, FeedMessage, FeedOptions } from '@scopes/core'

import type { ClauseContext } from '../contract/clause.ts'
import { within } from '../contract/within.ts'

/** One iteration of a feed, pulled by hand. A feed that is silent for too long fails the clause. */
export interface FeedReader {
  /** Everything that was pulled so far. */
  readonly messages: readonly FeedMessage[]
  /** The next message; fails when the feed has ended. */
  next(): Promise<FeedMessage>
  /** Pulls until the feed says that the backlog is delivered; what came, that message included. */
  backlog(): Promise<readonly FeedMessage[]>
  /** Asks where the source stands and pulls until that is delivered; what came. So nothing is left to wait for. */
  catchUp(): Promise<readonly FeedMessage[]>
  /** Fails unless the iteration ends instead of yielding another message. */
  expectEnd(): Promise<void>
  /** Aborts the iteration, and fails unless it ends. */
  stop(): Promise<void>
}

/** Opens the feed of a store; fails when it has none. */
export function readFeed(
  { patienceMs, partitions, laterMoment, heldAt }: ClauseContext,
  store: DocumentStore,
  options: FeedOptions = {},
): FeedReader {
  const feed = store.feed ?? assert.fail('the store has no feed')
  const controller = new AbortController()
  const messages: FeedMessage[] = []
  const iterator = feed.open({ signal: controller.signal, held: heldAt(store), ...options })[Symbol.asyncIterator]()

  const next = async (): Promise<FeedMessage> => {
    const result = await within(patienceMs, 'the next message of the feed', iterator.next())
    if (result.done) return assert.fail('the feed has ended')
    messages.push(result.value)
    return result.value
  }

  /** Every partition says for itself that it has caught up. */
  const pullUntilCaughtUp = async (since: number): Promise<readonly FeedMessage[]> => {
    const start = messages.length
    const caughtUp = new Set<number>()
    while (caughtUp.size < partitions) {
      const message = await next()
      if (message.type === 'caught-up' && message.asOf >= since) caughtUp.add(message.partition)
    }
    return messages.slice(start)
  }

  const expectEnd = async (): Promise<void> => {
    const result = await within(patienceMs, 'the end of the feed', iterator.next())
    if (!result.done) assert.fail(`the feed has not ended, it yields ${result.value.type}`)
  }

  return {
    messages,
    next,
    backlog: () => pullUntilCaughtUp(-Infinity),
    catchUp: async () => {
      const asked = await laterMoment(store)
      await within(patienceMs, 'the answer to a probe', feed.probe())
      return pullUntilCaughtUp(asked)
    },
    expectEnd,
    stop: async () => {
      controller.abort()
      await expectEnd()
    },
  }
}

/** A reader that has caught up with the store and sees every write from now on. */
export async function readFromNow(
  context: ClauseContext,
  store: DocumentStore,
  options: FeedOptions = {},
): Promise<FeedReader> {
  const reader = readFeed(context, store, { since: 'now', ...options })
  await reader.backlog()
  return reader
}
