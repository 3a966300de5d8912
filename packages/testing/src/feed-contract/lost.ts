import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { expectPicture } from './feed-picture.ts'
import { readFeed, readFromNow } from './feed-reader.ts'
import { writeHistory } from './write-history.ts'

const keys = Array.from({ length: 6 }, (_, index) => `session:shop:${index}`)

/** A position that the log no longer reaches back to. */
export const lostClauses: readonly Clause[] = [
  {
    name: 'lost: a token from before the log is told so, then come all current documents, then caught-up',
    appliesTo: ({ isLogBounded }) => isLogBounded,
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys, 30)
      const before = [...reader.messages, ...(await reader.catchUp())]
      await writeHistory(store, ['client:shop:1', 'client:shop:2'], 20)
      await context.truncateLog()
      const resumed = readFeed(context, store, { since: before.at(-1)?.feedToken })
      const told = await resumed.backlog()
      assert.equal(told[0]?.type, 'lost')
      const all = [...keys, 'client:shop:1', 'client:shop:2']
      // All of them: so without what was seen before, and a removal in the gap shows too.
      await expectPicture(told, store, all, 'what follows lost')
      await expectPicture([...before, ...told], store, all, 'with what was seen before')
    },
  },
  {
    name: 'lost: a reader that stood still for longer than the log is told so in its iteration, then all documents, then caught-up',
    appliesTo: ({ isLogBounded }) => isLogBounded,
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      await writeHistory(store, keys, 20)
      await context.truncateLog()
      const told = await reader.backlog()
      assert.ok(told.some(({ type }) => type === 'lost'))
      await expectPicture(told, store, keys, 'what follows lost')
    },
  },
]
