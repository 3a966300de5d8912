import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Taking away. */
export const removeClauses: readonly Clause[] = [
  {
    name: 'remove: there is no document afterwards, and the others are still there',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectDone(await store.insert('session:shop:11', bytesOf('b')))
      expectDone(await store.remove(key, token))
      await expectNoDocument(store, key)
      await expectDocument(store, 'session:shop:11', 'b')
    },
  },
  {
    name: 'remove: refused with a token that is no longer current, the document stays as it is',
    run: async ({ openStore }) => {
      const store = await openStore()
      const first = expectDone(await store.insert(key, bytesOf('a')))
      const second = expectDone(await store.append(key, bytesOf('b'), first))
      expectRefused(await store.remove(key, first), 'stale')
      assert.equal(await expectDocument(store, key, 'ab'), second)
    },
  },
  {
    name: 'remove: refused where there is no document',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectRefused(await store.remove('session:shop:2', token), 'missing')
      expectDone(await store.remove(key, token))
      expectRefused(await store.remove(key, token), 'missing')
    },
  },
]
