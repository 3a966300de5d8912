import assert from 'node:assert/strict'

import type { FeedMessage } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { readFeed, readFromNow } from './feed-reader.ts'
import { pictureOf } from './feed-picture.ts'
import { writeHistory } from './write-history.ts'

const keys = ['session:shop:1', 'session:shop:2', 'session:shop:3']
const laterKeys = keys.map(key => `${key}:later`)

/** Names without bytes. */
export const keysOnlyClauses: readonly Clause[] = [
  {
    name: 'keysOnly: the messages bring no bytes, and name the same documents and tokens',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys, 20)
      const backlog = readFeed(context, store, { since: 'beginning', keysOnly: true })
      await backlog.backlog()
      const whole = await readFromNow(context, store)
      const bare = await readFromNow(context, store, { keysOnly: true })
      await writeHistory(store, laterKeys, 30)
      await whole.catchUp()
      await bare.catchUp()
      expectNoBytes(backlog.messages)
      expectNoBytes(bare.messages)
      assert.deepEqual(tokensByKey(bare.messages), tokensByKey(whole.messages))
    },
  },
]

function expectNoBytes(messages: readonly FeedMessage[]): void {
  const documents = messages.filter(message => message.type === 'document')
  assert.ok(documents.length > 0, 'no document was told')
  for (const message of documents) assert.equal(message.bytes, undefined, `bytes of ${message.key}`)
}

function tokensByKey(messages: readonly FeedMessage[]): ReadonlyMap<string, bigint> {
  return new Map([...pictureOf(messages)].map(([key, { token }]) => [key, token]))
}
