import type { Durability } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

const key = 'session:shop:1'
const levels: readonly Durability[] = ['usual', 'strongest']

/** How durable a mutation is asked to be. */
export const durabilityClauses: readonly Clause[] = levels.map(durability => ({
  name: `durability: every mutation does the same with '${durability}'`,
  run: async ({ openStore }) => {
    const store = await openStore()
    let token = expectDone(await store.insert(key, bytesOf('a'), { durability }))
    token = expectDone(await store.append(key, bytesOf('b'), token, { durability }))
    await expectDocument(store, key, 'ab')
    token = expectDone(await store.replace(key, bytesOf('c'), token, { durability }))
    await expectDocument(store, key, 'c')
    expectDone(await store.remove(key, token, { durability }))
    await expectNoDocument(store, key)
  },
}))
