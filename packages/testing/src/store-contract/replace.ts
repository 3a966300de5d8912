import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Writing anew. */
export const replaceClauses: readonly Clause[] = [
  {
    name: 'replace: nothing of the old document is left',
    run: async ({ openStore }) => {
      const store = await openStore()
      let token = expectDone(await store.insert(key, bytesOf('a long first document')))
      token = expectDone(await store.replace(key, bytesOf('short'), token))
      await expectDocument(store, key, 'short')
      expectDone(await store.replace(key, bytesOf('and longer than it was'), token))
      await expectDocument(store, key, 'and longer than it was')
    },
  },
  {
    name: 'replace: refused with a token that is no longer current, the document stays as it is',
    run: async ({ openStore }) => {
      const store = await openStore()
      const first = expectDone(await store.insert(key, bytesOf('a')))
      const second = expectDone(await store.replace(key, bytesOf('b'), first))
      expectRefused(await store.replace(key, bytesOf('c'), first), 'stale')
      assert.equal(await expectDocument(store, key, 'b'), second)
    },
  },
  {
    name: 'replace: refused where there is no document, and creates none',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectRefused(await store.replace('session:shop:2', bytesOf('b'), token), 'missing')
      expectDone(await store.remove(key, token))
      expectRefused(await store.replace(key, bytesOf('b'), token), 'missing')
      await expectNoDocument(store, key)
      await expectNoDocument(store, 'session:shop:2')
    },
  },
]
