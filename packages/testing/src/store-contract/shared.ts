import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'
import type { StoreDeclaration } from '../contract/store-under-test.ts'

const key = 'session:shop:1'
const isShared = ({ capabilities }: StoreDeclaration): boolean => capabilities.isShared

/** Several stores on the same documents. */
export const sharedClauses: readonly Clause[] = [
  {
    name: 'shared: a write acknowledged by one store is read at once at the other',
    appliesTo: isShared,
    run: async ({ openStore }) => {
      const [one, other] = [await openStore(), await openStore()]
      let token = expectDone(await one.insert(key, bytesOf('0')))
      for (let round = 1; round < 10; round++) {
        const [writer, reader] = round % 2 ? [other, one] : [one, other]
        token = expectDone(await writer.append(key, bytesOf(`,${round}`), token))
        const text = Array.from({ length: round + 1 }, (_, index) => index).join(',')
        assert.equal(await expectDocument(reader, key, text), token)
      }
      expectDone(await other.remove(key, token))
      await expectNoDocument(one, key)
    },
  },
  {
    name: 'shared: a write at one store makes the token held at the other stale',
    appliesTo: isShared,
    run: async ({ openStore }) => {
      const [one, other] = [await openStore(), await openStore()]
      const first = expectDone(await one.insert(key, bytesOf('a')))
      expectRefused(await other.insert(key, bytesOf('b')), 'exists')
      const second = expectDone(await other.append(key, bytesOf('b'), first))
      expectRefused(await one.append(key, bytesOf('c'), first), 'stale')
      await expectDocument(one, key, 'ab')
      expectDone(await other.remove(key, second))
      expectRefused(await one.append(key, bytesOf('c'), second), 'missing')
    },
  },
  {
    name: 'shared: the other store goes on when one is closed',
    appliesTo: isShared,
    run: async ({ openStore }) => {
      const [one, other] = [await openStore(), await openStore()]
      const token = expectDone(await one.insert(key, bytesOf('a')))
      await one.close()
      expectDone(await other.append(key, bytesOf('b'), token))
      await expectDocument(other, key, 'ab')
    },
  },
]
