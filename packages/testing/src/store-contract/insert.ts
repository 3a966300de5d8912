import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Creating. */
export const insertClauses: readonly Clause[] = [
  {
    name: 'insert: the document exists afterwards',
    run: async ({ openStore }) => {
      const store = await openStore()
      expectDone(await store.insert(key, bytesOf('a')))
      await expectDocument(store, key, 'a')
    },
  },
  {
    name: 'insert: refused where there is a document, which stays as it is',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectRefused(await store.insert(key, bytesOf('b')), 'exists')
      assert.equal(await expectDocument(store, key, 'a'), token)
    },
  },
  {
    name: 'insert: done again after a removal',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectDone(await store.remove(key, token))
      expectDone(await store.insert(key, bytesOf('b')))
      await expectDocument(store, key, 'b')
    },
  },
]
