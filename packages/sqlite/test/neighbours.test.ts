import { join } from 'node:path'

import { type DocumentStore, defineScope, openScopes } from '@scopes/core'
import { expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Two stores that one process has open on the same file. */
async function neighbours(): Promise<readonly [DocumentStore, DocumentStore]> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  return [await newStore({ path }), await newStore({ path })]
}

/** Reads and appends until it is done. @returns how many requests it took */
async function append(store: DocumentStore, key: string): Promise<number> {
  for (let requests = 1; ; requests++) {
    const document = await store.load(key)
    if (!document) throw new Error('There is no document.')
    const result = await store.append(key, Uint8Array.of(2), document.token)
    if (result.type === 'done' || requests === 32) return requests
  }
}

/** Appends to the document without a pause until `isOver`. @returns how many requests were refused in a row at most */
async function appendOn(store: DocumentStore, key: string, isOver: () => boolean): Promise<number> {
  let most = 0
  while (!isOver()) most = Math.max(most, (await append(store, key)) - 1)
  return most
}

test('who writes without a pause leaves a turn to the other store of its process', async () => {
  const key = 'counter:shop:c'
  const [busy, other] = await neighbours()
  await busy.insert(key, Uint8Array.of(1))
  let isOver = false
  const writing = appendOn(busy, key, () => isOver)
  const requests: number[] = []
  for (let round = 0; round < 20; round++) requests.push(await append(other, key))
  isOver = true
  expect(Math.max(...requests)).toBeLessThanOrEqual(4)
  expect(await writing).toBeLessThanOrEqual(4)
})

test('of two applications in one process no update of a scope that both write fails', async () => {
  const Counter = defineScope({ kind: 'counter', initial: () => ({ hits: 0 }) })
  const stores = await neighbours()
  const applications = await Promise.all(stores.map(store => openScopes({ application: 'shop', store })))
  const attempts = applications.flatMap(scopes =>
    Array.from({ length: 4 }, async () => {
      const counter = await scopes.open(Counter, 'c')
      let most = 0
      for (let turn = 0; turn < 60; turn++) {
        most = Math.max(most, (await counter.update(draft => void draft.hits++)).attempts)
      }
      return most
    }),
  )
  expect(Math.max(...(await Promise.all(attempts)))).toBeLessThan(16)
  for (const scopes of applications) {
    expect((await scopes.open(Counter, 'c', { maxStaleMs: 0 })).value.hits).toBe(480)
    await scopes.close()
  }
})
