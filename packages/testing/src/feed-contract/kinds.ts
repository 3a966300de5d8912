import assert from 'node:assert/strict'

import type { FeedMessage } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { expectPicture } from './feed-picture.ts'
import { readFeed, readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const wanted = ['my_kind:shop:1', 'my_kind:shop:2', 'client:shop:1']
/** Keys that a careless comparison takes for one of the wanted kinds. */
const unwanted = [
  'myxkind:shop:1',
  'my_kinds:shop:1',
  'My_kind:shop:1',
  'my_kin:shop:1',
  'session:my_kind:client',
  'client2:shop:1',
]
const kinds = ['my_kind', 'client']

/** The filter. */
export const kindsClauses: readonly Clause[] = [
  {
    name: 'kinds: changes and removals of these kinds are told, and of no other',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store, { kinds })
      await writeHistory(store, [...wanted, ...unwanted], 90)
      await reader.catchUp()
      expectWantedOnly(reader.messages)
      await expectPicture(reader.messages, store, wanted, 'after catching up')
    },
  },
  {
    name: 'kinds: they hold for the backlog too',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, [...wanted, ...unwanted], 90)
      const reader = readFeed(context, store, { since: 'beginning', kinds })
      await reader.backlog()
      expectWantedOnly(reader.messages)
      await expectPicture(reader.messages, store, wanted, 'after the backlog')
    },
  },
  {
    name: 'kinds: a token of a filtered reader misses nothing of them',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store, { kinds })
      await writeHistory(store, [...wanted, ...unwanted], 30)
      await reader.catchUp()
      for (const [index, { feedToken }] of reader.messages.entries()) {
        const resumed = readFeed(context, store, { since: feedToken, kinds })
        const seen = [...reader.messages.slice(0, index + 1), ...(await resumed.backlog())]
        await resumed.stop()
        expectWantedOnly(seen)
        await expectPicture(seen, store, wanted, `resumed after message ${index + 1}`)
      }
    },
  },
  {
    name: 'kinds: a reader hears that it has caught up while only other kinds are written',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store, { kinds: ['server'] })
      expectDone(await store.insert('client:shop:1', bytesOf('a')))
      const messages = await reader.catchUp()
      assert.deepEqual([...new Set(messages.map(message => message.type))], ['caught-up'])
    },
  },
]

function expectWantedOnly(messages: readonly FeedMessage[]): void {
  const told = messages.flatMap(message => ('key' in message ? [message.key] : []))
  assert.deepEqual(
    told.filter(key => unwanted.includes(key)),
    [],
  )
}
