import { memoryStore } from '@scopes/core'
import { expect, test } from 'vitest'
import { type StoreCall, observedStore } from '../src/index.ts'

const bytes = Uint8Array.of(1, 2)

test('each call is told before it is made, with what it sends, and the store answers as without the observer', async () => {
  const calls: StoreCall[] = []
  const store = observedStore(memoryStore(), { onCall: call => calls.push(call) })
  await store.open()
  const inserted = await store.insert('session:shop:1', bytes)
  if (inserted.type !== 'done') expect.fail('nobody else writes')
  const appended = await store.append('session:shop:1', Uint8Array.of(3), inserted.token)
  if (appended.type !== 'done') expect.fail('nobody else writes')
  expect(await store.load('session:shop:1')).toMatchObject({ bytes: Uint8Array.of(1, 2, 3), token: appended.token })
  const replaced = await store.replace('session:shop:1', bytes, appended.token)
  if (replaced.type !== 'done') expect.fail('nobody else writes')
  expect(await store.remove('session:shop:1', replaced.token)).toMatchObject({ type: 'done' })
  await store.close()
  const sent = { open: 0, insert: 2, append: 1, load: 0, replace: 2, remove: 0, close: 0 }
  const keyOf = (method: string): string | undefined =>
    method === 'open' || method === 'close' ? undefined : 'session:shop:1'
  expect(calls).toEqual(Object.entries(sent).map(([method, count]) => ({ method, key: keyOf(method), bytes: count })))
})

test('a call is under way until it is answered or has failed', async () => {
  let underWay = 0
  const store = observedStore(memoryStore(), { onCall: () => underWay++, onOver: () => underWay-- })
  const inserting = store.insert('session:shop:1', bytes)
  const loading = store.load('session:shop:1')
  expect(underWay).toBe(2)
  await Promise.all([inserting, loading])
  expect(underWay).toBe(0)
  await store.close()
  const failing = store.load('session:shop:1')
  expect(underWay).toBe(1)
  await expect(failing).rejects.toThrow()
  expect(underWay).toBe(0)
})
