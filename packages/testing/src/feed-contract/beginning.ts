import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { expectPicture } from './feed-picture.ts'
import { readFeed } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = Array.from({ length: 12 }, (_, index) => `session:shop:${index}`)

/** Opening at the beginning. */
export const beginningClauses: readonly Clause[] = [
  {
    name: 'beginning: all current documents come first, then caught-up',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys, 80)
      const reader = readFeed(context, store, { since: 'beginning' })
      await expectPicture(await reader.backlog(), store, keys, 'after the backlog')
    },
  },
  {
    name: 'beginning: the changes follow after the documents',
    run: async context => {
      const store = await context.openStore()
      await writeHistory(store, keys.slice(0, 6), 40)
      const reader = readFeed(context, store, { since: 'beginning' })
      await reader.next()
      await writeHistory(store, keys.slice(6), 40)
      await reader.catchUp()
      await expectPicture(reader.messages, store, keys, 'after catching up')
    },
  },
  {
    name: 'beginning: the feed of an empty store says at once that it has caught up',
    run: async context => {
      const store = await context.openStore()
      const reader = readFeed(context, store, { since: 'beginning' })
      const messages = await reader.backlog()
      assert.deepEqual([...new Set(messages.map(message => message.type))], ['caught-up'])
    },
  },
]
