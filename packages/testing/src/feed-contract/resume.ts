import assert from 'node:assert/strict'

import type { DocumentStore, FeedMessage, FeedToken } from '@scopes/core'

import type { Clause, ClauseContext } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { expectPicture } from './feed-picture.ts'
import { readFeed, readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = Array.from({ length: 6 }, (_, index) => `session:shop:${index}`)
const laterKeys = keys.map(key => `${key}:later`)

/** Going on where another reader stopped. */
export const resumeClauses: readonly Clause[] = [
  {
    name: 'resume: a reader that dies after any message of the running feed misses nothing by its token',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys, 30)
      await reader.catchUp()
      await expectResumable(context, store, reader.messages)
    },
  },
  {
    name: 'resume: a reader that dies after any message of the backlog misses nothing by its token',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys, 30)
      const reader = readFeed(context, store, { since: 'beginning' })
      await reader.backlog()
      await writeHistory(store, laterKeys, 10)
      await expectResumable(context, store, reader.messages)
    },
  },
  {
    name: 'resume: a token never covers a later message, however far the store was when it was handed out',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      for (const key of keys) expectDone(await store.insert(key, bytesOf('a')))
      const delivered: string[] = []
      while (delivered.length < keys.length) {
        const message = await reader.next()
        if (message.type !== 'document') continue
        delivered.push(message.key)
        const told = await keysSince(context, store, message.feedToken)
        const missing = keys.filter(key => !delivered.includes(key) && !told.includes(key))
        assert.deepEqual(missing, [], `not delivered after ${delivered.join(', ')}`)
      }
    },
  },
  {
    name: 'resume: the token of a caught-up covers nothing that is written after it',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const tokens = [tokenOf(reader.messages), tokenOf(await reader.catchUp())]
      expectDone(await store.insert('session:shop:after', bytesOf('a')))
      for (const token of tokens) {
        assert.ok((await keysSince(context, store, token)).includes('session:shop:after'), `missed since ${token}`)
      }
    },
  },
  {
    name: 'resume: a removal since the token is told',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const token = expectDone(await store.insert('session:shop:1', bytesOf('a')))
      await reader.catchUp()
      expectDone(await store.remove('session:shop:1', token))
      const resumed = readFeed(context, store, { since: tokenOf(reader.messages) })
      const told = await resumed.backlog()
      assert.ok(
        told.some(message => message.type === 'removed'),
        'the removal is missed',
      )
    },
  },
  {
    name: 'resume: where nothing happened since, caught-up comes at once',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys, 10)
      const resumed = readFeed(context, store, { since: tokenOf(await reader.catchUp()) })
      await resumed.backlog()
      await expectPicture([...reader.messages, ...resumed.messages], store, keys, 'after resuming at the end')
    },
  },
  {
    name: 'resume: every token holds after the store was closed and opened again',
    appliesTo: ({ capabilities }) => capabilities.isPersistent,
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys, 20)
      const messages = await reader.catchUp()
      await writeHistory(store, laterKeys, 10)
      await store.close()
      await expectResumable(context, await context.openStore(), messages)
    },
  },
]

/** Fails unless whoever stopped after any of these messages, and goes on by its token, knows all documents. */
async function expectResumable(
  context: ClauseContext,
  store: DocumentStore,
  messages: readonly FeedMessage[],
): Promise<void> {
  for (const [index, { feedToken }] of messages.entries()) {
    const reader = readFeed(context, store, { since: feedToken })
    const resumed = await reader.backlog()
    await reader.stop()
    const seen = [...messages.slice(0, index + 1), ...resumed]
    await expectPicture(
      seen,
      store,
      [...keys, ...laterKeys],
      `resumed after message ${index + 1} of ${messages.length}`,
    )
  }
}

/** The keys of the documents that a reader is told of that goes on by this token. */
async function keysSince(context: ClauseContext, store: DocumentStore, since: FeedToken): Promise<readonly string[]> {
  const reader = readFeed(context, store, { since })
  const messages = await reader.backlog()
  await reader.stop()
  return messages.flatMap(message => (message.type === 'document' ? [message.key] : []))
}

/** Where a reader stands after these messages. */
function tokenOf(messages: readonly FeedMessage[]): FeedToken {
  return messages.at(-1)?.feedToken ?? assert.fail('nothing was delivered')
}
