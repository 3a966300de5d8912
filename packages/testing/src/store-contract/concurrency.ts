import assert from 'node:assert/strict'

import type { DocumentStore, MutationResult } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, textOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'

const key = 'session:shop:1'

/** Compare-and-swap is atomic. */
export const concurrencyClauses: readonly Clause[] = [
  {
    name: 'concurrency: of many inserts of one key exactly one is done',
    run: async ({ openStore }) => {
      const store = await openStore()
      const results = await Promise.all(writers(16).map(async name => store.insert(key, bytesOf(name))))
      await expectDocument(store, key, expectOneWinner(results, 'exists'))
    },
  },
  {
    name: 'concurrency: of many appends with one token exactly one is done',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('then ')))
      const results = await Promise.all(writers(16).map(async name => store.append(key, bytesOf(name), token)))
      await expectDocument(store, key, `then ${expectOneWinner(results, 'stale')}`)
    },
  },
  {
    name: 'concurrency: of many replacements with one token exactly one is done',
    run: async ({ openStore }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('nobody')))
      const results = await Promise.all(writers(16).map(async name => store.replace(key, bytesOf(name), token)))
      await expectDocument(store, key, expectOneWinner(results, 'stale'))
    },
  },
  {
    name: 'concurrency: a removal and an append with one token are not both done',
    run: async ({ openStore }) => {
      const store = await openStore()
      for (let round = 0; round < 6; round++) {
        const name = `session:shop:${round}`
        const token = expectDone(await store.insert(name, bytesOf('a')))
        const remove = (): Promise<MutationResult> => store.remove(name, token)
        const append = (): Promise<MutationResult> => store.append(name, bytesOf('b'), token)
        // Each of them gets to be the first.
        const calls = round % 2 ? [remove(), append()] : [append(), remove()].toReversed()
        const [removed, appended] = await Promise.all(calls)
        assert.ok(removed && appended)
        assert.notEqual(removed.type, appended.type, `removal ${removed.type}, append ${appended.type}`)
        const document = await store.load(name)
        assert.equal(document && textOf(document.bytes), removed.type === 'done' ? undefined : 'ab')
      }
    },
  },
  {
    name: 'concurrency: writers that load, write and try again lose no update',
    run: async ({ openStore }) => {
      const store = await openStore()
      await expectNoLostUpdate([store])
    },
  },
  {
    name: 'concurrency: neither do writers at two stores on the same documents',
    appliesTo: ({ capabilities }) => capabilities.isShared,
    run: async ({ openStore }) => {
      await expectNoLostUpdate([await openStore(), await openStore()])
    },
  },
]

function writers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `writer ${index}`)
}

/** The name of the one writer whose request was done; fails unless all the others were refused for this reason. */
function expectOneWinner(results: readonly MutationResult[], reason: 'exists' | 'stale'): string {
  const winners = results.flatMap((result, index) => (result.type === 'done' ? [index] : []))
  assert.equal(winners.length, 1, `done: ${winners.length} of ${results.length}`)
  const reasons = new Set(results.flatMap(result => (result.type === 'refused' ? [result.reason] : [])))
  assert.deepEqual([...reasons], [reason])
  return `writer ${winners[0]}`
}

/** Eight writers append six marks each; all 48 must be there, those of each writer in its order. */
async function expectNoLostUpdate(stores: readonly DocumentStore[]): Promise<void> {
  const [first] = stores
  assert.ok(first)
  expectDone(await first.insert(key, bytesOf('start ')))
  const marks = Array.from({ length: 6 }, (_, index) => index)
  const names = Array.from({ length: 8 }, (_, index) => String.fromCharCode(97 + index))
  await Promise.all(
    names.map(async (name, index) => {
      const store = stores[index % stores.length] ?? first
      for (const mark of marks) await appendWithRetry(store, `${name}${mark} `)
    }),
  )
  const document = await first.load(key)
  const written = document ? textOf(document.bytes).trim().split(' ').slice(1) : []
  assert.equal(written.length, 48, `${written.length} of 48 updates are left`)
  for (const name of names) {
    assert.deepEqual(
      written.filter(mark => mark.startsWith(name)),
      marks.map(mark => `${name}${mark}`),
    )
  }
}

async function appendWithRetry(store: DocumentStore, text: string): Promise<void> {
  // Of all writers that load one token one gets through, so nobody loses more rounds than there are updates.
  for (let attempt = 0; attempt < 200; attempt++) {
    const document = await store.load(key)
    assert.ok(document, 'the document has gone')
    const result = await store.append(key, bytesOf(text), document.token)
    if (result.type === 'done') return
    assert.equal(result.reason, 'stale')
  }
  assert.fail('refused 200 times')
}
