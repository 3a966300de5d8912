import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument, textOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Reading. */
export const loadClauses: readonly Clause[] = [
  {
    name: 'load: a key that was never written has no document',
    run: async ({ openStore }) => {
      const store = await openStore()
      await expectNoDocument(store, key)
      expectDone(await store.insert('session:shop:11', bytesOf('another')))
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'load: an acknowledged write is read at once, with the token of its answer',
    run: async ({ openStore }) => {
      const store = await openStore()
      const inserted = expectDone(await store.insert(key, bytesOf('a')))
      assert.equal(await expectDocument(store, key, 'a'), inserted)
      const appended = expectDone(await store.append(key, bytesOf('b'), inserted))
      assert.equal(await expectDocument(store, key, 'ab'), appended)
      const replaced = expectDone(await store.replace(key, bytesOf('c'), appended))
      assert.equal(await expectDocument(store, key, 'c'), replaced)
    },
  },
  {
    name: 'load: what the caller knows is handed back while it is the newest, and is no answer to anything else',
    run: async ({ openStore }) => {
      const store = await openStore()
      const inserted = expectDone(await store.insert(key, bytesOf('a')))
      const known = { token: inserted, says: 'a' }
      assert.equal(await store.load(key, { known }), known)
      assert.equal(await store.load('session:shop:11', { known }), undefined)
      const appended = expectDone(await store.append(key, bytesOf('b'), inserted))
      const loaded = await store.load(key, { known })
      assert.ok(loaded && 'bytes' in loaded, 'the document has changed')
      assert.equal(textOf(loaded.bytes), 'ab')
      assert.equal(loaded.token, appended)
      const removed = expectDone(await store.remove(key, appended))
      assert.equal(await store.load(key, { known: { token: appended } }), undefined)
      assert.equal(await store.load(key, { known: { token: removed } }), undefined)
    },
  },
  {
    name: 'load: many at the same time are answered each with its own document',
    run: async ({ openStore }) => {
      const store = await openStore()
      const keys = Array.from({ length: 50 }, (_, index) => `session:shop:${index}`)
      const inserted = await Promise.all(keys.map(async name => store.insert(name, bytesOf(`document of ${name}`))))
      for (const result of inserted) expectDone(result)
      const loaded = await Promise.all(keys.map(async name => store.load(name)))
      assert.deepEqual(
        loaded.map(document => document && textOf(document.bytes)),
        keys.map(name => `document of ${name}`),
      )
    },
  },
]
