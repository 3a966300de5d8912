import assert from 'node:assert/strict'

import { ScopesError } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { within } from '../contract/within.ts'

const key = 'session:shop:1'

/** Closing. */
export const closeClauses: readonly Clause[] = [
  {
    name: 'close: may be called again, at the same time too',
    run: async ({ openStore, patienceMs }) => {
      const store = await openStore()
      await within(patienceMs, 'two closes', Promise.all([store.close(), store.close()]))
      await within(patienceMs, 'a third close', store.close())
    },
  },
  {
    name: 'close: every call after it rejects as unavailable, with nothing written',
    run: async ({ openStore, patienceMs }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      await store.close()
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        load: async () => store.load(key),
        insert: async () => store.insert('session:shop:2', bytesOf('b')),
        append: async () => store.append(key, bytesOf('b'), token),
        replace: async () => store.replace(key, bytesOf('b'), token),
        remove: async () => store.remove(key, token),
      }
      for (const [name, call] of Object.entries(calls)) {
        const error = await within(patienceMs, `${name} after close`, call()).then(
          () => assert.fail(`${name} was answered after close`),
          (reason: unknown) => reason,
        )
        if (!(error instanceof ScopesError)) throw error
        assert.equal(error.code, 'store-unavailable', name)
        if (name !== 'load') assert.equal(error.outcome, 'none', `the outcome of ${name}`)
      }
    },
  },
  {
    name: 'close: writes under way have been answered when it resolves',
    run: async ({ openStore, patienceMs }) => {
      const store = await openStore()
      let answered = 0
      const writes = Array.from({ length: 20 }, async (_, index) => {
        await store.insert(`session:shop:${index}`, bytesOf('a')).finally(() => answered++)
      })
      const settled = Promise.allSettled(writes)
      await within(patienceMs, 'close with writes under way', store.close())
      assert.equal(answered, 20, `${20 - answered} of 20 writes had no answer`)
      await settled
    },
  },
  {
    name: 'close: what was acknowledged is there after opening again, what was removed is not',
    appliesTo: ({ capabilities }) => capabilities.isPersistent,
    run: async ({ openStore }) => {
      const store = await openStore()
      let token = expectDone(await store.insert(key, bytesOf('a')))
      token = expectDone(await store.append(key, bytesOf('b'), token))
      const removed = expectDone(await store.insert('session:shop:removed', bytesOf('a')))
      expectDone(await store.remove('session:shop:removed', removed))
      const writes = Array.from({ length: 20 }, async (_, index) => store.insert(`late:shop:${index}`, bytesOf('a')))
      const [results] = await Promise.all([Promise.allSettled(writes), store.close()])

      const reopened = await openStore()
      assert.equal(await expectDocument(reopened, key, 'ab'), token)
      await expectNoDocument(reopened, 'session:shop:removed')
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') await expectDocument(reopened, `late:shop:${index}`, 'a')
      }
    },
  },
]
