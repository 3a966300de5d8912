import assert from 'node:assert/strict'

import { ScopesError } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { expectBytes } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

const key = 'session:shop:1'
const megabyte = 1024 * 1024
/** Up to here the limit itself is tried; beyond it the trial would cost more memory than it is worth. */
const tryableLimit = 32 * megabyte

/** Size. */
export const bigDocumentClauses: readonly Clause[] = [
  {
    name: 'size: a document of megabytes is kept byte for byte, also when it grows',
    run: async ({ openStore, capabilities }) => {
      const store = await openStore()
      const size = Math.min(2 * megabyte, Math.floor(capabilities.maxDocumentBytes / 2))
      const start = noise(size, 1)
      const end = noise(size, 2)
      const token = expectDone(await store.insert(key, start))
      await expectBytes(store, key, start)
      const appended = expectDone(await store.append(key, end, token))
      await expectBytes(store, key, Buffer.concat([start, end]))
      expectDone(await store.replace(key, end, appended))
      await expectBytes(store, key, end)
    },
  },
  {
    name: 'size: a write beyond the declared limit rejects with nothing written, one at the limit is done',
    appliesTo: ({ capabilities }) => capabilities.maxDocumentBytes <= tryableLimit,
    run: async ({ openStore, capabilities: { maxDocumentBytes } }) => {
      const store = await openStore()
      const full = noise(maxDocumentBytes, 3)
      const one = Uint8Array.of(1)
      const token = expectDone(await store.insert(key, full))
      await expectBytes(store, key, full)
      await expectTooLarge(store.append(key, one, token))
      await expectTooLarge(store.replace(key, Buffer.concat([full, one]), token))
      await expectTooLarge(store.insert('session:shop:2', Buffer.concat([full, one])))
      await expectBytes(store, key, full)
      assert.equal(await store.load('session:shop:2'), undefined)
    },
  },
]

/** Bytes without a pattern that a store could hide a mistake in. */
function noise(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = seed
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

async function expectTooLarge(mutation: Promise<unknown>): Promise<void> {
  const error: unknown = await mutation.then(
    () => assert.fail('a document beyond the limit was answered'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ScopesError)) throw error
  assert.equal(error.outcome, 'none')
}
