import assert from 'node:assert/strict'

import type { FeedOptions } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { readFeed } from './feed-reader.ts'

const starts: readonly (readonly [name: string, options: FeedOptions])[] = [
  ['now', { since: 'now' }],
  ['no position at all', {}],
]

/** Opening at the present. */
export const nowClauses: readonly Clause[] = starts.flatMap(([name, options]) => [
  {
    name: `now: opened from ${name}, even the feed of an empty store hands out a token at once, with caught-up`,
    run: async context => {
      const store = await context.openStore()
      const first = await readFeed(context, store, options).next()
      assert.equal(first.type, 'caught-up')
      assert.equal(typeof first.feedToken, 'string')
      assert.ok(first.feedToken.length > 0)
    },
  },
  {
    name: `now: opened from ${name}, a reader is told what is written after, and nothing of before`,
    run: async context => {
      const store = await context.openStore()
      const before = expectDone(await store.insert('session:shop:before', bytesOf('a')))
      expectDone(await store.append('session:shop:before', bytesOf('b'), before))
      const reader = readFeed(context, store, options)
      await reader.backlog()
      expectDone(await store.insert('session:shop:after', bytesOf('a')))
      await reader.catchUp()
      const told = reader.messages.flatMap(message => (message.type === 'document' ? [message.key] : []))
      assert.deepEqual([...new Set(told)], ['session:shop:after'])
    },
  },
])
