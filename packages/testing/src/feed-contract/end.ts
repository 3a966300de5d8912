import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'

import { ScopesError } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { within } from '../contract/within.ts'
import { readFeed, readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = ['session:shop:1', 'session:shop:2']

/** How an iteration ends. */
export const endClauses: readonly Clause[] = [
  {
    name: 'end: an abort ends an iteration that waits',
    run: async context => {
      const store = await context.openStore()
      const controller = new AbortController()
      const reader = await readFromNow(context, store, { signal: controller.signal })
      const end = reader.expectEnd()
      controller.abort(new Error('enough'))
      await end
    },
  },
  {
    name: 'end: an abort ends an iteration that has more to deliver',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys, 20)
      const controller = new AbortController()
      const reader = readFeed(context, store, { since: 'beginning', signal: controller.signal })
      await reader.next()
      controller.abort(new Error('enough'))
      await reader.expectEnd()
      await reader.expectEnd()
    },
  },
  {
    name: 'end: with a signal that has aborted before, an iteration ends at once',
    run: async context => {
      const store = await context.openStore()
      await readFeed(context, store, { since: 'beginning', signal: AbortSignal.abort() }).expectEnd()
    },
  },
  {
    name: 'end: leaving the loop ends it, and the store goes on',
    run: async context => {
      const store = await context.openStore()
      const feed = store.feed ?? assert.fail('the store has no feed')
      const leave = async (): Promise<void> => {
        for await (const message of feed.open({ since: 'now' })) {
          assert.equal(message.type, 'caught-up')
          break
        }
      }
      await within(context.patienceMs, 'leaving the loop', leave())
      await writeHistory(store, keys, 10)
      await within(context.patienceMs, 'close after leaving the loop', store.close())
    },
  },
  {
    name: 'end: nothing of an iteration that was left listens to its signal any more',
    run: async context => {
      const store = await context.openStore()
      const feed = store.feed ?? assert.fail('the store has no feed')
      const { signal } = new AbortController()
      for (const pulls of [0, 1]) {
        const iterator = feed.open({ since: 'now', signal })[Symbol.asyncIterator]()
        if (pulls > 0) await within(context.patienceMs, 'the first message of the feed', iterator.next())
        await within(context.patienceMs, 'leaving the iteration', Promise.resolve(iterator.return?.()))
        const listeners = getEventListeners(signal, 'abort').length
        assert.equal(listeners, 0, `${listeners} listen after an iteration that was left after ${pulls} messages`)
      }
    },
  },
  {
    name: 'end: closing the store ends an iteration that waits',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const end = reader.expectEnd()
      await within(context.patienceMs, 'close with a feed open', store.close())
      await end
    },
  },
  {
    name: 'end: an iteration of a store that was closed ends at once or rejects as unavailable',
    run: async context => {
      const store = await context.openStore()
      await store.close()
      const end = readFeed(context, store, { since: 'now' }).expectEnd()
      await end.catch((error: unknown) => {
        if (!(error instanceof ScopesError)) throw error
        assert.equal(error.code, 'store-unavailable')
      })
    },
  },
]
