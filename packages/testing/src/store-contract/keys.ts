import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, textOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

/** Keys that a careless store takes for one another, or for something else than a name. */
const distinctKeys = [
  'session:shop:a',
  'session:shop:A',
  'session:shop:a ',
  'session:shop: a',
  'session:shop:a:',
  'session:shop:a:b',
  'session:shop::a',
  'session:shop:a%',
  'session:shop:a_',
  'session:shop:a*',
  "session:shop:a'; --",
  'session:shop:a"b',
  'session:shop:a/../b',
  'session:shop:a\\b',
  'session:shop:1',
  'session:shop:01',
  'session:shop:1.0',
  'session:shop:1e0',
  'session:shop:\u00e9',
  'session:shop:e\u0301',
  'session:shop:日本語',
  'session:shop:😀',
  'session:shop:__proto__',
  'constructor',
  'toString',
]

/** Keys. */
export const keyClauses: readonly Clause[] = [
  {
    name: 'keys: are kept apart whatever they hold: colons, quotes, case, accents, blanks, names of JavaScript',
    run: async ({ openStore }) => {
      const store = await openStore()
      for (const key of distinctKeys) {
        assert.equal(await store.load(key), undefined, `${key} is there before it was written`)
        expectDone(await store.insert(key, bytesOf(`document of ${key}`)))
      }
      for (const key of distinctKeys) await expectDocument(store, key, `document of ${key}`)
    },
  },
  {
    name: 'keys: may have 246 bytes of UTF-8, and all of them count',
    run: async ({ openStore }) => {
      const store = await openStore()
      const start = 'session:shop:'
      const long = [
        start + 'a'.repeat(233),
        start + 'a'.repeat(232) + 'b',
        start + 'é'.repeat(116) + 'a',
        start + 'é'.repeat(116) + 'b',
        start + '😀'.repeat(58) + 'a',
      ]
      for (const key of long) {
        assert.ok(Buffer.byteLength(key) <= 246)
        expectDone(await store.insert(key, bytesOf(key)))
      }
      for (const key of long) {
        const document = await store.load(key)
        assert.equal(document && textOf(document.bytes), key)
      }
    },
  },
]
