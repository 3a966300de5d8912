import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Adding to the end. */
export const appendClauses: readonly Clause[] = [
  {
    name: 'append: the document is what it was, followed by the bytes',
    run: async ({ openStore }) => {
      const store = await openStore()
      let token = expectDone(await store.insert(key, bytesOf('0')))
      for (let index = 1; index < 20; index++) {
        token = expectDone(await store.append(key, bytesOf(`,${index}`), token))
      }
      await expectDocument(store, key, Array.from({ length: 20 }, (_, index) => index).join(','))
    },
  },
  {
    name: 'append: refused with a token that is no longer current, the document stays as it is',
    run: async ({ openStore }) => {
      const store = await openStore()
      const first = expectDone(await store.insert(key, bytesOf('a')))
      const second = expectDone(await store.append(key, bytesOf('b'), first))
      expectRefused(await store.append(key, bytesOf('c'), first), 'stale')
      assert.equal(await expectDocument(store, key, 'ab'), second)
    },
  },
  {
    name: 'append: refused where there is no document, and creates none',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectRefused(await store.append('session:shop:2', bytesOf('b'), token), 'missing')
      expectDone(await store.remove(key, token))
      expectRefused(await store.append(key, bytesOf('b'), token), 'missing')
      await expectNoDocument(store, key)
      await expectNoDocument(store, 'session:shop:2')
    },
  },
]
