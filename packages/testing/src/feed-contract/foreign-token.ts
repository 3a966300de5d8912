import assert from 'node:assert/strict'

import { ScopesError, type FeedMessage, type FeedToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { readFeed, readFromNow, type FeedReader } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = ['session:shop:1', 'session:shop:2', 'session:shop:3']

/** Nothing is no token of anybody, though it is a string; the others look like one. */
const noTokens = ['', ' ', 'nonsense', '0', '{}', 'null', '\u0000', '9'.repeat(400)]

/** Tokens that the store did not hand out. */
export const foreignTokenClauses: readonly Clause[] = [
  {
    name: 'foreign token: one of another store is answered by rolled-back before anything else, or refused',
    run: async context => {
      const [store, other] = [await context.openStore(), await context.openElsewhere()]
      // As many writes in both, then more in one and in the other: the token is behind, level with and ahead.
      const foreign: FeedToken[] = []
      const reader = await readFromNow(context, other)
      await writeHistory(other, keys, 10)
      await writeHistory(store, keys, 10)
      foreign.push(...tokensOf(await reader.catchUp()))
      await writeHistory(other, ['client:shop:1'], 10)
      foreign.push(...tokensOf(await reader.catchUp()))
      for (const since of foreign) await expectTold(readFeed(context, store, { since }))
    },
  },
  {
    name: 'foreign token: after it has been told, the feed goes on with what is written',
    run: async context => {
      const [store, other] = [await context.openStore(), await context.openElsewhere()]
      const [since] = tokensOf((await readFromNow(context, other)).messages)
      const reader = readFeed(context, store, { since })
      const isGoingOn = await expectTold(reader)
      if (!isGoingOn) return
      await reader.backlog()
      const token = expectDone(await store.insert('session:shop:after', bytesOf('a')))
      const told = await reader.catchUp()
      assert.ok(told.some(message => message.type === 'document' && message.token === token))
    },
  },
  {
    name: 'foreign token: what is no token at all is refused as an invalid argument',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys, 5)
      for (const text of noTokens) {
        await expectRefusal(readFeed(context, store, { since: text as FeedToken }).next(), JSON.stringify(text))
      }
    },
  },
]

/** Fails when the reader is left in the belief that the token is good; whether the feed goes on. */
async function expectTold(reader: FeedReader): Promise<boolean> {
  const first = await reader.next().catch((error: unknown) => error)
  if (first instanceof Error) {
    if (!(first instanceof ScopesError)) throw first
    assert.equal(first.code, 'invalid-argument')
    return false
  }
  assert.equal(reader.messages[0]?.type, 'rolled-back', 'the first message')
  return true
}

async function expectRefusal(message: Promise<FeedMessage>, token: string): Promise<void> {
  const error = await message.then(
    ({ type }) => assert.fail(`${token} is taken for a token: ${type}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ScopesError)) throw error
  assert.equal(error.code, 'invalid-argument')
}

function tokensOf(messages: readonly FeedMessage[]): readonly FeedToken[] {
  return messages.map(message => message.feedToken)
}
