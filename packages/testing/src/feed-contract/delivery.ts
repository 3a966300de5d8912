import assert from 'node:assert/strict'

import type { FeedMessage, StoreToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, textOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { expectPicture } from './feed-picture.ts'
import { readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const key = 'session:shop:1'
const keys = Array.from({ length: 5 }, (_, index) => `session:shop:${index}`)

/** At least once, and always the newest: replica protocol G3. */
export const deliveryClauses: readonly Clause[] = [
  {
    name: 'delivery: every kind of write brings the whole document, with the token of its answer',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      const inserted = expectDone(await store.insert(key, bytesOf('a')))
      expectLast(await reader.catchUp(), 'a', inserted)
      const appended = expectDone(await store.append(key, bytesOf('b'), inserted))
      expectLast(await reader.catchUp(), 'ab', appended)
      const replaced = expectDone(await store.replace(key, bytesOf('c'), appended))
      expectLast(await reader.catchUp(), 'c', replaced)
    },
  },
  {
    name: 'delivery: a write wakes a reader that waits, without a probe',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      for (let round = 0; round < 5; round++) {
        const waiting = reader.next()
        const token = expectDone(await store.insert(`session:shop:${round}`, bytesOf('a')))
        // At least once: what wakes it may be the message before, come again.
        for (let message = await waiting; !isOf(message, token); message = await reader.next());
      }
    },
  },
  {
    name: 'delivery: a reader that was behind ends with every document as it is',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      for (let round = 0; round < 3; round++) {
        await writeHistory(
          store,
          keys.map(name => `${name}:${round}`),
          40,
          round,
        )
        await reader.catchUp()
      }
      const all = [0, 1, 2].flatMap(round => keys.map(name => `${name}:${round}`))
      await expectPicture(reader.messages, store, all, 'after catching up')
    },
  },
]

function expectLast(messages: readonly FeedMessage[], text: string, token: StoreToken): void {
  const last = messages.findLast(message => message.type === 'document' && message.key === key)
  if (last?.type !== 'document') return assert.fail(`no message for ${text}`)
  assert.equal(last.bytes && textOf(last.bytes), text)
  assert.equal(last.token, token)
}

function isOf(message: FeedMessage, token: StoreToken): boolean {
  return message.type === 'document' && message.token === token
}
