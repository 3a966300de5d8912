import assert from 'node:assert/strict'

import { compareTokens, type DocumentStore, type StoreToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Tokens: commit protocol T1, replica protocol G1. */
export const tokenClauses: readonly Clause[] = [
  {
    name: 'tokens: every write of a document has a greater one than the write before',
    run: async ({ openStore }) => {
      const store = await openStore()
      const inserted = expectDone(await store.insert(key, bytesOf('a')))
      const appended = expectDone(await store.append(key, bytesOf('b'), inserted))
      const replaced = expectDone(await store.replace(key, bytesOf('c'), appended))
      const replacedAlike = expectDone(await store.replace(key, bytesOf('c'), replaced))
      expectRising([inserted, appended, replaced, replacedAlike])
    },
  },
  {
    name: 'tokens: a removal has one too, greater than that of the document',
    run: async ({ openStore }) => {
      const store = await openStore()
      const inserted = expectDone(await store.insert(key, bytesOf('a')))
      expectRising([inserted, expectDone(await store.remove(key, inserted))])
    },
  },
  {
    name: 'tokens: never used twice for a key, they rise from one life of it to the next',
    run: async ({ openStore }) => {
      const store = await openStore()
      expectRising(await liveAndDie(store, 5))
    },
  },
  {
    name: 'tokens: one of an earlier life is refused in the next',
    run: async ({ openStore }) => {
      const store = await openStore()
      const earlier = expectDone(await store.insert(key, bytesOf('a')))
      expectDone(await store.remove(key, earlier))
      expectDone(await store.insert(key, bytesOf('a')))
      expectRefused(await store.append(key, bytesOf('b'), earlier), 'stale')
      expectRefused(await store.replace(key, bytesOf('b'), earlier), 'stale')
      expectRefused(await store.remove(key, earlier), 'stale')
      await expectDocument(store, key, 'a')
    },
  },
  {
    name: 'tokens: never used twice for a key, also not after the store was closed and opened again',
    appliesTo: ({ capabilities }) => capabilities.isPersistent,
    run: async ({ openStore }) => {
      const tokens: StoreToken[] = []
      for (let opening = 0; opening < 3; opening++) {
        const store = await openStore()
        tokens.push(...(await liveAndDie(store, 2)))
        await store.close()
      }
      const store = await openStore()
      tokens.push(expectDone(await store.insert(key, bytesOf('a'))))
      await store.close()
      const reopened = await openStore()
      const held = await expectDocument(reopened, key, 'a')
      assert.equal(held, tokens.at(-1), 'opening changes no token')
      tokens.push(expectDone(await reopened.append(key, bytesOf('b'), held)))
      expectRising(tokens)
    },
  },
]

/** Inserts, appends and removes the document, `lives` times; the tokens in order. */
async function liveAndDie(store: DocumentStore, lives: number): Promise<readonly StoreToken[]> {
  const tokens: StoreToken[] = []
  for (let life = 0; life < lives; life++) {
    const inserted = expectDone(await store.insert(key, bytesOf('a')))
    const appended = expectDone(await store.append(key, bytesOf('b'), inserted))
    tokens.push(inserted, appended, expectDone(await store.remove(key, appended)))
  }
  return tokens
}

function expectRising(tokens: readonly StoreToken[]): void {
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]
    if (before === undefined) continue
    assert.ok(compareTokens(before, token) < 0, `token ${token} of write ${index + 1} is not greater than ${before}`)
  }
}
