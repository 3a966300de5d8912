import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { expectPicture } from './feed-picture.ts'
import { readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = ['session:shop:1', 'session:shop:2', 'session:shop:3']

/** Several readers. */
export const readerClauses: readonly Clause[] = [
  {
    name: 'readers: each is told everything, at its own pace',
    run: async context => {
      const store = await context.openStore()
      const [early, late] = [await readFromNow(context, store), await readFromNow(context, store)]
      await writeHistory(store, keys, 20)
      await early.catchUp()
      await expectPicture(early.messages, store, keys, 'the first to pull')
      await late.catchUp()
      await expectPicture(late.messages, store, keys, 'the second to pull')
    },
  },
  {
    name: 'readers: the others go on when one is stopped',
    run: async context => {
      const store = await context.openStore()
      const [one, other] = [await readFromNow(context, store), await readFromNow(context, store)]
      await one.stop()
      await writeHistory(store, keys, 20)
      await other.catchUp()
      await expectPicture(other.messages, store, keys, 'the reader that is left')
    },
  },
  {
    name: 'readers: what another store on the same documents writes is told too',
    appliesTo: ({ capabilities }) => capabilities.isShared,
    run: async context => {
      const [store, other] = [await context.openStore(), await context.openStore()]
      const reader = await readFromNow(context, store)
      const woken = reader.next()
      await writeHistory(other, keys, 20)
      assert.notEqual((await woken).type, 'caught-up')
      await reader.catchUp()
      await expectPicture(reader.messages, store, keys, 'written by the other store')
    },
  },
  {
    name: 'readers: a token holds at another store on the same documents',
    appliesTo: ({ capabilities }) => capabilities.isShared,
    run: async context => {
      const [store, other] = [await context.openStore(), await context.openStore()]
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys.slice(0, 1), 10)
      const before = [...reader.messages, ...(await reader.catchUp())]
      await writeHistory(other, keys.slice(1), 20)
      const since = before.at(-1)?.feedToken
      const resumed = await readFromNow(context, other, { since })
      await expectPicture([...before, ...resumed.messages], other, keys, 'resumed at the other store')
    },
  },
]
