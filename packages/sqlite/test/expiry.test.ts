import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'

import type { FeedMessage } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'

import type { ExpiredMessage } from '../src/diagnostics.ts'
import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done } from './writing.ts'

/** A clock that the test moves. */
function movableClock(): { now(): number; monotonic(): number; moveTo(seconds: number): void } {
  let seconds = 1_000_000
  return {
    now: () => seconds * 1000,
    monotonic: () => performance.now(),
    moveTo: to => {
      seconds = to
    },
  }
}

function sweeps(): number[] {
  const sizes: number[] = []
  const listener = (message: unknown): void => void sizes.push((message as ExpiredMessage).documents)
  subscribe('scopes:sqlite:expired', listener)
  onTestFinished(() => void unsubscribe('scopes:sqlite:expired', listener))
  return sizes
}

test('documents past their deadline are removed 64 in a transaction, by one of the processes, and announced once', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const clock = movableClock()
  const stores = [await newStore({ path, clock }), await newStore({ path, clock })]
  const [store] = stores
  if (store === undefined) throw new Error('no store')
  const sizes = sweeps()
  const keys = Array.from({ length: 150 }, (_, index) => `session:shop:${index}`)
  await Promise.all(keys.map((key, index) => store.insert(key, bytesOf('a'), { expiresAt: 1_000_100 + (index % 10) })))
  await store.insert('session:shop:stays', bytesOf('a'), { expiresAt: 1_000_200 })
  const reader = store.feed.open()[Symbol.asyncIterator]()
  await reader.next()

  clock.moveTo(1_000_150)
  const told: FeedMessage[] = []
  while (told.length < keys.length) {
    const { value } = await reader.next()
    if (value) told.push(value)
  }
  expect(told.every(message => message.type === 'removed' && message.reason === 'expired')).toBe(true)
  expect(new Set(told.map(message => 'key' in message && message.key))).toEqual(new Set(keys))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
  expect(sizes.reduce((total, size) => total + size, 0)).toBe(150)
  const left = await withRawDatabase(path, raw => raw.prepare('SELECT key FROM docs').all())
  expect(left).toEqual([{ key: 'session:shop:stays' }])
  await reader.return?.()
})

test('a document past its deadline is missing at once for load and feed, before anybody has removed it', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const clock = movableClock()
  const store = await newStore({ path, clock })
  const token = done(await store.insert('session:shop:1', bytesOf('a'), { expiresAt: 1_000_100 }))
  clock.moveTo(1_000_099)
  expect(await store.load('session:shop:1')).toBeDefined()
  clock.moveTo(1_000_100)
  expect(await store.load('session:shop:1')).toBeUndefined()
  for await (const message of store.feed.open({ since: 'beginning' })) {
    expect(message.type).not.toBe('document')
    if (message.type === 'caught-up') break
  }
  const created = done(await store.insert('session:shop:1', bytesOf('b')))
  expect(created).toBeGreaterThan(token)
})
