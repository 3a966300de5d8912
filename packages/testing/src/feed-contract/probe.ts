import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { readFromNow } from './feed-reader.ts'

/** Proof that nothing is on its way. */
export const probeClauses: readonly Clause[] = [
  {
    name: 'probe: every open iteration yields a caught-up, asked for no earlier than the call and before its delivery',
    run: async context => {
      const store = await context.openStore()
      const readers = [await readFromNow(context, store), await readFromNow(context, store)]
      const asked = await context.laterMoment(store)
      await store.feed?.probe()
      for (const reader of readers) {
        const message = await reader.next()
        assert.ok(message.type === 'caught-up', `the next message is ${message.type}`)
        assert.ok(message.asOf >= asked, `asked at ${asked}, told as of ${message.asOf}`)
        assert.ok(message.asOf <= context.moment(store), `told as of ${message.asOf}, which is yet to come`)
      }
    },
  },
  {
    name: 'probe: what was acknowledged before it is delivered before its caught-up',
    run: async context => {
      const store = await context.openStore()
      const reader = await readFromNow(context, store)
      for (let round = 0; round < 10; round++) {
        const tokens = await Promise.all(
          ['a', 'b', 'c'].map(async name => expectDone(await store.insert(`session:${name}:${round}`, bytesOf(name)))),
        )
        const delivered = (await reader.catchUp()).flatMap(message => ('token' in message ? [message.token] : []))
        assert.deepEqual(
          tokens.filter(token => !delivered.includes(token)),
          [],
          `round ${round}: acknowledged, and not delivered before the proof`,
        )
      }
    },
  },
]
