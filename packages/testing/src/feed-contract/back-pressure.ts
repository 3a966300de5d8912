import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'

import type { DocumentStore } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { expectDone } from '../contract/expect-result.ts'
import { within } from '../contract/within.ts'
import { expectPicture } from './feed-picture.ts'
import { readFromNow } from './feed-reader.ts'

const keys = Array.from({ length: 20 }, (_, index) => `session:shop:${index}`)
const rounds = 100

/** A consumer that does not pull. */
export const backPressureClauses: readonly Clause[] = [
  {
    name: 'back-pressure: a reader that stands still holds up nobody, and misses nothing when it goes on',
    run: async context => {
      const store = await context.openStore()
      const [still, other] = [await readFromNow(context, store), await readFromNow(context, store)]
      await within(
        10 * context.patienceMs,
        `${rounds * keys.length} writes beside a reader that stands still`,
        rewrite(store),
      )
      assert.ok(await within(context.patienceMs, 'a load beside it', store.load('session:shop:0')))
      await other.catchUp()
      await expectPicture(other.messages, store, keys, 'a reader beside it')
      await still.catchUp()
      await expectPicture(still.messages, store, keys, 'the reader that stood still')
    },
  },
]

/** Far more writes than anybody should keep for a reader. Between the rounds those run who read ahead. */
async function rewrite(store: DocumentStore): Promise<void> {
  const bytes = new Uint8Array(1024)
  let tokens = await Promise.all(keys.map(async key => expectDone(await store.insert(key, bytes))))
  for (let round = 1; round < rounds; round++) {
    bytes.fill(round)
    await setImmediate()
    const results = keys.map(async (key, index) => store.replace(key, bytes, tokens[index] ?? assert.fail()))
    tokens = (await Promise.all(results)).map(expectDone)
  }
}
