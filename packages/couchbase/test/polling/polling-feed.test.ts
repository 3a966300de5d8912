import { setImmediate } from 'node:timers/promises'

import {
  type DocumentStore,
  type FeedMessage,
  type FeedOptions,
  type HeldKeys,
  type StoreToken,
  type StoredDocument,
  StoreUnavailableError,
  compareTokens,
  memoryStore,
} from '@scopes/core'
import { type ManualClock, manualClock } from '@scopes/testing'
import { expect, test } from 'vitest'

import { PollingFeed } from '../../src/polling/polling-feed.ts'

const intervalMs = 1000

/** A polling feed over a store in memory, with what it asks of it counted. */
function polled(): {
  readonly store: DocumentStore
  readonly clock: ManualClock
  readonly feed: PollingFeed
  readonly held: Map<string, StoreToken | undefined>
  readonly keys: HeldKeys
  readonly asked: { peeks: number; loads: number; atOnce: number; failing: (key: string) => boolean }
  /** Pulls the feed until it waits; what came. */
  readonly read: (options?: FeedOptions) => () => Promise<readonly FeedMessage[]>
} {
  const store = memoryStore()
  const clock = manualClock()
  const held = new Map<string, StoreToken | undefined>()
  const asked = { peeks: 0, loads: 0, atOnce: 0, failing: (_key: string): boolean => false }
  let underWay = 0
  const look = async (key: string): Promise<StoredDocument | undefined> => {
    asked.atOnce = Math.max(asked.atOnce, ++underWay)
    await setImmediate()
    underWay--
    if (asked.failing(key)) throw new StoreUnavailableError(`${key} cannot be read.`)
    const document = await store.load(key)
    return document
  }
  const feed = new PollingFeed({
    place: 'here',
    clock,
    intervalMs,
    store: {
      peek: async key => {
        asked.peeks++
        return (await look(key))?.token
      },
      load: key => {
        asked.loads++
        return look(key)
      },
    },
  })
  const keys = { keys: () => held.keys(), tokenOf: (key: string) => held.get(key) }
  const read = (options: FeedOptions = {}) => {
    const iterator = feed.open({ held: keys, ...options })[Symbol.asyncIterator]()
    let pulled: Promise<IteratorResult<FeedMessage, unknown>> | undefined
    return async () => {
      const messages: FeedMessage[] = []
      for (;;) {
        pulled ??= iterator.next()
        const result = await Promise.race([pulled, asleep(clock)])
        if (result === undefined) return messages
        pulled = undefined
        if (result.done) return messages
        messages.push(result.value)
      }
    }
  }
  return { store, clock, feed, held, keys, asked, read }
}

/** Resolves when the feed sleeps between two rounds. */
async function asleep(clock: ManualClock): Promise<undefined> {
  do await setImmediate()
  while (clock.sleepers === 0)
  return undefined
}

async function write(store: DocumentStore, key: string, text: string): Promise<StoreToken> {
  const before = await store.load(key)
  const bytes = Buffer.from(text)
  const result = before ? await store.replace(key, bytes, before.token) : await store.insert(key, bytes)
  return result.type === 'done' ? result.token : expect.fail('refused')
}

const told = (messages: readonly FeedMessage[]): readonly string[] =>
  messages.map(message =>
    message.type === 'document' ? `${message.key}=${Buffer.from(message.bytes ?? []).toString()}` : message.type,
  )

test('what is held is told when it changes, what is not held never, and what becomes held as it is then', async () => {
  const { store, clock, held, read } = polled()
  held.set('a', await write(store, 'a', '1'))
  await write(store, 'b', '1')
  const pull = read()
  expect(told(await pull())).toEqual(['caught-up'])
  await write(store, 'a', '2')
  await write(store, 'b', '2')
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual(['a=2'])
  held.set('b', undefined)
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual(['b=2'])
  held.delete('a')
  await write(store, 'a', '3')
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual([])
})

test('what was known before the feed was opened is told only where it has changed since', async () => {
  const { store, feed, held, read } = polled()
  held.set('same', await write(store, 'same', '1'))
  held.set('changed', await write(store, 'changed', '1'))
  await write(store, 'changed', '2')
  expect(told(await read()())).toEqual(['changed=2', 'caught-up'])
  feed.close()
  expect(told(await read({ since: 'beginning' })())).toEqual(['same=1', 'changed=2', 'caught-up'])
})

test('a removal is told once, with a token after all that the reader knows and before a later document', async () => {
  const { store, clock, held, read } = polled()
  held.set('a', await write(store, 'a', '1'))
  const pull = read()
  await pull()
  // What the reader has written itself the feed has not seen.
  const own = await write(store, 'a', '2')
  held.set('a', own)
  await store.remove('a', own)
  await clock.advance(intervalMs)
  const [removed, ...more] = await pull()
  expect(more).toEqual([])
  expect(removed).toMatchObject({ type: 'removed', key: 'a' })
  const token = removed && 'token' in removed ? removed.token : expect.fail('no removal')
  expect(compareTokens(token, own)).toBeGreaterThan(0)
  held.set('a', token)
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual([])
  expect(compareTokens(await write(store, 'a', '3'), token)).toBeGreaterThan(0)
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual(['a=3'])
})

test('a round costs one look at each, a load of what has changed, and never too many at once', async () => {
  const { store, clock, held, asked, read } = polled()
  for (let index = 0; index < 100; index++) held.set(`k${index}`, await write(store, `k${index}`, '1'))
  const pull = read()
  await pull()
  expect(asked).toMatchObject({ peeks: 100, loads: 0 })
  await write(store, 'k7', '2')
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual(['k7=2'])
  expect(asked).toMatchObject({ peeks: 200, loads: 1, atOnce: 32 })
})

test('a server that has lost writes is told of before the older document', async () => {
  const { store, clock, held, read } = polled()
  const old = await write(store, 'a', '1')
  held.set('a', await write(store, 'a', '2'))
  const pull = read()
  await pull()
  // As after a failover: the document is the one of before, with its token.
  store.load = async () => ({ bytes: Buffer.from('1'), token: old })
  await clock.advance(intervalMs)
  expect(told(await pull())).toEqual(['rolled-back', 'a=1'])
})

test('one document that cannot be read keeps no other back, and the iteration fails', async () => {
  const { store, feed, held, keys, asked, read } = polled()
  for (const key of ['a', 'b', 'c']) held.set(key, undefined)
  for (const key of ['a', 'b', 'c']) await write(store, key, '1')
  asked.failing = key => key === 'b'
  const messages: FeedMessage[] = []
  const iteration = async (): Promise<void> => {
    for await (const message of feed.open({ held: keys })) messages.push(message)
  }
  await expect(iteration()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(told(messages)).toEqual(['a=1', 'c=1'])
  asked.failing = () => false
  expect(told(await read()())).toEqual(['a=1', 'b=1', 'c=1', 'caught-up'])
})

test('where nothing can be read, not everything is tried', async () => {
  const { held, asked, read } = polled()
  for (let index = 0; index < 100; index++) held.set(`k${index}`, undefined)
  asked.failing = () => true
  await expect(read()()).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(asked.peeks).toBe(32)
})

test('a token of the same feed leads to all that is held; one of another process is told that it has lost something', async () => {
  const { store, feed, held, read } = polled()
  held.set('a', await write(store, 'a', '1'))
  held.set('gone', await write(store, 'gone', '1'))
  const [{ feedToken: since } = expect.fail('no token')] = await read()()
  feed.close()
  await store.remove('gone', (await store.load('gone'))?.token ?? expect.fail('nothing'))
  expect(told(await read({ since })())).toEqual(['a=1', 'removed', 'caught-up'])
  const other = polled()
  await write(other.store, 'a', '1')
  other.held.set('a', undefined)
  expect(told(await other.read({ since })())).toEqual(['lost', 'a=1', 'caught-up'])
  expect(feed.coverage).toBe('held')
})
