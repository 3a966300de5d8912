import assert from 'node:assert/strict'

import { compareTokens, type FeedMessage, type StoreToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { readFromNow } from './feed-reader.ts'

const key = 'session:shop:1'
const minute = 60_000

/** The end of a document. */
export const removedClauses: readonly Clause[] = [
  {
    name: 'removed: a removal is told as deleted, with the token of its answer',
    appliesTo: ({ coverage }) => coverage === 'all',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const token = expectDone(await store.insert(key, bytesOf('a')))
      await reader.catchUp()
      const removal = expectDone(await store.remove(key, token))
      const told = lastOf(await reader.catchUp())
      assert.ok(told?.type === 'removed', `the last message is ${told?.type}`)
      assert.equal(told.reason, 'deleted')
      assert.equal(told.token, removal)
    },
  },
  {
    name: 'removed: a document created again is told after the removal, with a greater token',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const removal = expectDone(await store.remove(key, expectDone(await store.insert(key, bytesOf('a')))))
      const created = expectDone(await store.insert(key, bytesOf('b')))
      const told = lastOf(await reader.catchUp())
      assert.ok(told?.type === 'document', `the last message is ${told?.type}`)
      assert.equal(told.token, created)
      assert.ok(compareTokens(removal, told.token) < 0)
    },
  },
  {
    name: 'removed: an expiry is told as expired, with a token greater than that of the document',
    appliesTo: ({ capabilities, coverage }) => capabilities.expires && coverage === 'all',
    run: async context => {
      const [store, clock] = [await context.openStore(), context.clock()]
      const reader = await readFromNow(context, store)
      const expiresAt = Math.floor((clock.now() + 10 * minute) / 1000)
      const token = expectDone(await store.insert(key, bytesOf('a'), { expiresAt }))
      expectDone(await store.insert('session:shop:stays', bytesOf('a')))
      await reader.catchUp()
      await clock.jump(11 * minute)
      // Some time after: so it is waited for, not probed for.
      const told = await reader.next()
      assert.ok(told.type === 'removed', `the next message is ${told.type}`)
      assert.equal(told.key, key)
      assert.equal(told.reason, 'expired')
      assert.ok(compareTokens(token, told.token) < 0)
      const created: StoreToken = expectDone(await store.insert(key, bytesOf('b')))
      assert.ok(compareTokens(told.token, created) < 0, 'the token of the next life is greater')
    },
  },
]

function lastOf(messages: readonly FeedMessage[]): FeedMessage | undefined {
  return messages.findLast(message => message.type === 'document' || message.type === 'removed')
}
