import assert from 'node:assert/strict'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectBytes } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

const key = 'session:shop:1'
/** Every byte there is, 0 in the middle too: no text in any encoding. */
const everyByte = Uint8Array.from({ length: 512 }, (_, index) => (index * 167 + 13) % 256)

/** Bytes are bytes. */
export const byteClauses: readonly Clause[] = [
  {
    name: 'bytes: an insert keeps every byte value, zero and what is no UTF-8 included',
    run: async ({ openStore }) => {
      const store = await openStore()
      expectDone(await store.insert(key, everyByte))
      await expectBytes(store, key, everyByte)
    },
  },
  {
    name: 'bytes: an append keeps every byte value, zero and what is no UTF-8 included',
    run: async ({ openStore }) => {
      const store = await openStore()
      const pieces = [Uint8Array.of(0), everyByte, Uint8Array.of(0, 0xc3, 0x28), Uint8Array.of(0xff, 0)]
      let token = expectDone(await store.insert(key, Uint8Array.of(0xc1)))
      for (const piece of pieces) token = expectDone(await store.append(key, piece, token))
      await expectBytes(store, key, Buffer.concat([Uint8Array.of(0xc1), ...pieces]))
    },
  },
  {
    name: 'bytes: a replacement keeps every byte value, zero and what is no UTF-8 included',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      expectDone(await store.replace(key, everyByte, token))
      await expectBytes(store, key, everyByte)
    },
  },
  {
    name: 'bytes: a document of no bytes is a document, and can grow',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, new Uint8Array()))
      await expectBytes(store, key, new Uint8Array())
      expectDone(await store.append(key, everyByte, token))
      await expectBytes(store, key, everyByte)
    },
  },
  {
    name: 'bytes: of a view the bytes of the view are stored, not those of the memory around it',
    run: async ({ openStore }) => {
      const store = await openStore()
      const view = new Uint8Array(everyByte.buffer, 100, 50)
      const token = expectDone(await store.insert(key, view))
      await expectBytes(store, key, everyByte.slice(100, 150))
      expectDone(await store.append(key, Buffer.from(everyByte.buffer, 200, 20), token))
      await expectBytes(store, key, Buffer.concat([everyByte.slice(100, 150), everyByte.slice(200, 220)]))
    },
  },
  {
    name: 'bytes: what was handed in may be changed after the answer',
    run: async ({ openStore }) => {
      const store = await openStore()
      const handedIn = bytesOf('inserted')
      const token = expectDone(await store.insert(key, handedIn))
      handedIn.fill(0)
      const appended = bytesOf(' appended')
      const next = expectDone(await store.append(key, appended, token))
      appended.fill(0)
      await expectBytes(store, key, bytesOf('inserted appended'))
      const replaced = bytesOf('replaced')
      expectDone(await store.replace(key, replaced, next))
      replaced.fill(0)
      await expectBytes(store, key, bytesOf('replaced'))
    },
  },
  {
    name: 'bytes: what was handed out stays as it was when the document changes',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      const kept = await store.load(key)
      const next = expectDone(await store.append(key, bytesOf('b'), token))
      const keptToo = await store.load(key)
      expectDone(await store.replace(key, bytesOf('cd'), next))
      assert.ok(kept && keptToo)
      assert.ok(Buffer.from('a').equals(kept.bytes), 'bytes handed out were changed by an append')
      assert.ok(Buffer.from('ab').equals(keptToo.bytes), 'bytes handed out were changed by a replacement')
    },
  },
]
