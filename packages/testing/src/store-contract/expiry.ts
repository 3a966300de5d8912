import assert from 'node:assert/strict'

import { compareTokens } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument } from '../contract/expect-document.ts'
import { expectDone, expectRefused } from '../contract/expect-result.ts'
import type { StoreDeclaration, TestClock } from '../contract/store-under-test.ts'

const key = 'session:shop:1'
const minute = 60_000
const day = 86_400_000

const expires = ({ capabilities }: StoreDeclaration): boolean => capabilities.expires
const secondsIn = (clock: TestClock, ms: number): number => Math.floor((clock.now() + ms) / 1000)

/** The store's own expiry. */
export const expiryClauses: readonly Clause[] = [
  {
    name: 'expiry: expiresAt is accepted by a store that keeps documents for ever',
    appliesTo: declaration => !expires(declaration),
    run: async ({ openStore }) => {
      const store = await openStore()
      const expiresAt = Math.floor(Date.now() / 1000) + 3600
      const token = expectDone(await store.insert(key, bytesOf('a'), { expiresAt }))
      expectDone(await store.replace(key, bytesOf('b'), token, { expiresAt }))
      await expectDocument(store, key, 'b')
    },
  },
  {
    name: 'expiry: the document is there before expiresAt and gone after it',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      expectDone(await store.insert(key, bytesOf('a'), { expiresAt: secondsIn(time, 10 * minute) }))
      await time.jump(9 * minute)
      await expectDocument(store, key, 'a')
      await time.jump(2 * minute)
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'expiry: what has expired is not what the caller knows',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const expiresAt = secondsIn(time, 10 * minute)
      const known = { token: expectDone(await store.insert(key, bytesOf('a'), { expiresAt })) }
      assert.equal(await store.load(key, { known }), known)
      await time.jump(11 * minute)
      assert.equal(await store.load(key, { known }), undefined)
    },
  },
  {
    name: 'expiry: a document without expiresAt stays',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      expectDone(await store.insert(key, bytesOf('a')))
      await time.jump(400 * day)
      await expectDocument(store, key, 'a')
    },
  },
  {
    name: 'expiry: an append changes nothing about it',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const token = expectDone(await store.insert(key, bytesOf('a'), { expiresAt: secondsIn(time, 10 * minute) }))
      expectDone(await store.append(key, bytesOf('b'), token))
      await time.jump(9 * minute)
      await expectDocument(store, key, 'ab')
      await time.jump(2 * minute)
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'expiry: a replacement brings its own, later or earlier',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const early = { expiresAt: secondsIn(time, 10 * minute) }
      const late = { expiresAt: secondsIn(time, 30 * minute) }
      const moved = expectDone(await store.insert(key, bytesOf('a'), early))
      expectDone(await store.replace(key, bytesOf('later'), moved, late))
      const other = expectDone(await store.insert('session:shop:2', bytesOf('a'), late))
      expectDone(await store.replace('session:shop:2', bytesOf('earlier'), other, early))
      await time.jump(11 * minute)
      await expectDocument(store, key, 'later')
      await expectNoDocument(store, 'session:shop:2')
      await time.jump(20 * minute)
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'expiry: a replacement without expiresAt takes it away',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const token = expectDone(await store.insert(key, bytesOf('a'), { expiresAt: secondsIn(time, 10 * minute) }))
      expectDone(await store.replace(key, bytesOf('b'), token))
      await time.jump(day)
      await expectDocument(store, key, 'b')
    },
  },
  {
    name: 'expiry: ttlSeconds counts from the write, and a replacement begins anew',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const token = expectDone(await store.insert(key, bytesOf('a'), { ttlSeconds: 600 }))
      await time.jump(9 * minute)
      expectDone(await store.replace(key, bytesOf('b'), token, { ttlSeconds: 600 }))
      await time.jump(9 * minute)
      await expectDocument(store, key, 'b')
      await time.jump(2 * minute)
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'expiry: may be further away than a timer or a relative expiry reaches',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      expectDone(await store.insert(key, bytesOf('a'), { expiresAt: secondsIn(time, 90 * day) }))
      await time.jump(minute)
      await expectDocument(store, key, 'a')
      await time.jump(88 * day)
      await expectDocument(store, key, 'a')
      await time.jump(3 * day)
      await expectNoDocument(store, key)
    },
  },
  {
    name: 'expiry: an expired document can be created anew, with a greater token; the old token is dead',
    appliesTo: expires,
    run: async ({ openStore, clock }) => {
      const [store, time] = [await openStore(), clock()]
      const old = expectDone(await store.insert(key, bytesOf('a'), { expiresAt: secondsIn(time, 10 * minute) }))
      await time.jump(11 * minute)
      expectRefused(await store.append(key, bytesOf('b'), old), 'missing', 'stale')
      expectRefused(await store.replace(key, bytesOf('b'), old), 'missing', 'stale')
      expectRefused(await store.remove(key, old), 'missing', 'stale')
      const created = expectDone(await store.insert(key, bytesOf('c')))
      assert.ok(compareTokens(old, created) < 0, 'the token of the new life is greater')
      expectRefused(await store.append(key, bytesOf('b'), old), 'stale')
      await time.jump(day)
      await expectDocument(store, key, 'c')
    },
  },
]
