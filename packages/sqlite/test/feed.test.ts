import { join } from 'node:path'

import { type FeedMessage, type FeedToken, compareTokens } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import type { SqliteStore } from '../src/sqlite-store.ts'
import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { startProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, rejection } from './writing.ts'

/** The log is cut once in so many changes. */
const cutEvery = 512

async function storePath(): Promise<string> {
  return join(await temporaryDirectory(), 'scopes.db')
}

/** Messages from `since` up to the first `caught-up`, that included. */
async function backlog(store: SqliteStore, since: FeedToken | 'now' | 'beginning'): Promise<FeedMessage[]> {
  const messages: FeedMessage[] = []
  for await (const message of store.feed.open({ since })) {
    messages.push(message)
    if (message.type === 'caught-up') break
  }
  return messages
}

async function tokenOfNow(store: SqliteStore): Promise<FeedToken> {
  const [message] = await backlog(store, 'now')
  if (message === undefined) throw new Error('the feed ended')
  return message.feedToken
}

/** What a reader knows that has seen these messages: the newest token of each document. */
function picture(messages: readonly FeedMessage[]): Map<string, bigint> {
  const known = new Map<string, bigint>()
  for (const message of messages) {
    if (message.type === 'document') known.set(message.key, message.token)
    else if (message.type === 'removed') known.delete(message.key)
  }
  return known
}

async function insertMany(store: SqliteStore, prefix: string, count: number, bytes: Uint8Array): Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `session:shop:${prefix}-${index}`)
  await Promise.all(keys.map(key => store.insert(key, bytes)))
}

describe('waking', () => {
  test('a change of another process is delivered by the bell, without waiting for the next look', async () => {
    const path = await storePath()
    const store = await newStore({ path, pollMs: 60_000 })
    const reader = store.feed.open()[Symbol.asyncIterator]()
    await reader.next()
    const next = reader.next()
    const writer = startProcess({ type: 'append', path, key: 'session:shop:1', times: 1 })
    expect((await next).value).toMatchObject({ type: 'document', key: 'session:shop:1' })
    await writer.gone
    await reader.return?.()
  }, 60_000)

  test('a change that no bell was rung for is found by looking', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const reader = store.feed.open()[Symbol.asyncIterator]()
    await reader.next()
    const next = reader.next()
    await withRawDatabase(path, raw =>
      raw.exec(`
        BEGIN IMMEDIATE;
        INSERT INTO docs(key, token, bytes) VALUES('session:shop:1', (SELECT max(seq) + 1 FROM changes), x'61');
        INSERT INTO changes(seq, key, kind) VALUES((SELECT max(seq) + 1 FROM changes), 'session:shop:1', 0);
        COMMIT`),
    )
    expect((await next).value).toMatchObject({ type: 'document', key: 'session:shop:1', bytes: bytesOf('a') })
    await reader.return?.()
  })

  test('C01: readers on several stores are each told of each change once, in order', async () => {
    const path = await storePath()
    const stores = [await newStore({ path }), await newStore({ path }), await newStore({ path })]
    const [writer] = stores
    if (writer === undefined) throw new Error('no store')
    const readers = stores.map(store => store.feed.open()[Symbol.asyncIterator]())
    for (const reader of readers) await reader.next()
    const told = readers.map(async reader => {
      const tokens: bigint[] = []
      while (tokens.length < 20) {
        const { value } = await reader.next()
        if (value?.type === 'document' || value?.type === 'removed') tokens.push(value.token)
      }
      return tokens
    })
    const written: bigint[] = []
    for (let number = 0; number < 20; number++) {
      written.push(done(await writer.insert(`session:shop:${number}`, bytesOf('a'))))
    }
    expect(await Promise.all(told)).toEqual([written, written, written])
    for (const reader of readers) await reader.return?.()
  })

  test('F01: opened on an idle store, the first token is already a position', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const token = await tokenOfNow(store)
    expect(token).not.toBe('now')
    const other = await newStore({ path })
    for (const name of ['a', 'b', 'c']) await other.insert(`session:shop:${name}`, bytesOf(name))
    const told = await backlog(store, token)
    expect(told.map(message => message.type)).toEqual(['document', 'document', 'document', 'caught-up'])
  })
})

describe('order and resuming', () => {
  test('tokens rise from message to message, and a document that changed again is delivered once', async () => {
    const store = await newStore({ path: await storePath() })
    const since = await tokenOfNow(store)
    await insertMany(store, 'a', 50, bytesOf('a'))
    let hot = done(await store.insert('session:shop:hot', bytesOf('a')))
    for (let round = 0; round < 700; round++) hot = done(await store.append('session:shop:hot', bytesOf('b'), hot))
    await insertMany(store, 'b', 50, bytesOf('b'))
    const told = await backlog(store, since)
    const tokens = told.flatMap(message => ('token' in message ? [message.token] : []))
    expect(tokens).toEqual(tokens.toSorted(compareTokens as (left: bigint, right: bigint) => number))
    expect(told.filter(message => message.type === 'document')).toHaveLength(101)
  })

  test('snapshot-bounds: whoever stops after any message, in the middle of all documents too, misses nothing by its token', async () => {
    const store = await newStore({ path: await storePath() })
    await insertMany(store, 'a', 300, bytesOf('a'))
    const [first] = picture(await backlog(store, 'beginning'))
    if (first === undefined) throw new Error('no document')
    const messages: FeedMessage[] = []
    for await (const message of store.feed.open({ since: 'beginning' })) {
      messages.push(message)
      // Changes arrive while the documents are delivered.
      if (messages.length === 100) {
        await insertMany(store, 'b', 20, bytesOf('b'))
        await store.remove(first[0], first[1] as never)
      }
      if (message.type === 'caught-up') break
    }
    const stored = await withRawDatabase(store.path, raw =>
      raw.prepare<{ key: string; token: number }>('SELECT key, token FROM docs').all(),
    )
    const truth = new Map(stored.map(({ key, token }) => [key, BigInt(token)]))
    expect(picture(messages)).toEqual(truth)
    for (let index = 0; index < messages.length; index += 13) {
      const since = messages[index]?.feedToken
      if (since === undefined) break
      const resumed = await backlog(store, since)
      expect(picture([...messages.slice(0, index + 1), ...resumed]), `after message ${index}`).toEqual(truth)
    }
  })
})

describe('the log is bounded', () => {
  test('it keeps the changes that were asked for and about 512 more at most, and never loses the newest', async () => {
    const path = await storePath()
    const store = await newStore({ path, changesKept: 100 })
    for (let round = 0; round < 4; round++) {
      await insertMany(store, String(round), 600, bytesOf('a'))
      const log = await withRawDatabase(path, raw =>
        raw
          .prepare<{ rows: number; newest: number; token: number }>(
            'SELECT count(*) AS rows, max(seq) AS newest, (SELECT max(token) FROM docs) AS token FROM changes',
          )
          .get(),
      )
      expect(log?.rows).toBeGreaterThanOrEqual(100)
      expect(log?.rows).toBeLessThan(100 + cutEvery)
      expect(log?.newest).toBe(log?.token)
    }
  })

  test('lost, backfill: a reader that is further behind is told lost, then all documents, then caught-up, and goes on', async () => {
    const store = await newStore({ path: await storePath(), changesKept: 100 })
    const removed = done(await store.insert('session:shop:removed', bytesOf('a')))
    const since = await tokenOfNow(store)
    await store.remove('session:shop:removed', removed)
    await insertMany(store, 'a', 800, bytesOf('a'))
    const messages: FeedMessage[] = []
    for await (const message of store.feed.open({ since })) {
      messages.push(message)
      if (message.type === 'caught-up') await store.insert('session:shop:after', bytesOf('b'))
      if (message.type === 'document' && message.key === 'session:shop:after') break
    }
    expect(messages[0]?.type).toBe('lost')
    expect(messages.map(({ type }) => type).indexOf('caught-up')).toBe(801)
    expect(picture(messages).size).toBe(801)
  })

  test('a slow reader of all documents stays with the log: it is not lost again while it reads', async () => {
    // More than are made during the longest chunk.
    const changesKept = 600
    const store = await newStore({ path: await storePath(), changesKept })
    await insertMany(store, 'a', 3000, bytesOf('a'))
    const messages: FeedMessage[] = []
    let written = 0
    for await (const message of store.feed.open({ since: 'beginning' })) {
      messages.push(message)
      // More changes than the log keeps are made while the documents are delivered, three for each four messages.
      if (messages.length % 100 === 0 && written < 4000) {
        await insertMany(store, `b${written}`, 75, bytesOf('b'))
        written += 75
      }
      if (message.type === 'caught-up') break
    }
    expect(written).toBeGreaterThan(changesKept + cutEvery)
    expect(messages.filter(({ type }) => type === 'lost')).toEqual([])
    const documents = await withRawDatabase(store.path, raw =>
      raw.prepare<{ n: number }>('SELECT count(*) AS n FROM docs').get(),
    )
    expect(picture(messages).size).toBe(documents?.n)
  })
})

describe('locks in the log', () => {
  /** Signs of life of as many leases as a reaper has, far more than the log keeps. */
  async function renewLeases(store: SqliteStore, rounds: number): Promise<void> {
    const leases = Array.from({ length: 66 }, (_, lease) => `lock:p:shop:${lease}`)
    const tokens = await Promise.all(leases.map(async key => done(await store.insert(key, bytesOf('lease')))))
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        leases.map(async (key, lease) => {
          const before = tokens[lease]
          if (before) tokens[lease] = done(await store.replace(key, bytesOf(`beat ${round}`), before))
        }),
      )
    }
  }

  test('leases that are renewed all night push out nothing: who was away is told what happened, and not lost', async () => {
    const store = await newStore({ path: await storePath(), changesKept: 1200 })
    const gone = done(await store.insert('session:shop:gone', bytesOf('a')))
    const left = done(await store.insert('lock:n:left', bytesOf('held')))
    const since = await tokenOfNow(store)
    await store.insert('session:shop:evening', bytesOf('a'))
    await store.insert('lock:n:kept', bytesOf('held'))
    await store.remove('lock:n:left', left)
    await store.remove('session:shop:gone', gone)
    await renewLeases(store, 60)
    await store.insert('session:shop:morning', bytesOf('a'))
    const messages = await backlog(store, since)
    const keys = messages.flatMap(message => ('key' in message ? [`${message.type} ${message.key}`] : []))
    expect(keys.filter(key => !key.includes('lock:'))).toEqual([
      'document session:shop:evening',
      'removed session:shop:gone',
      'document session:shop:morning',
    ])
    // Of each lock the reader still gets what is true now.
    expect(keys.filter(key => key.includes('lock:n:'))).toEqual(['document lock:n:kept', 'removed lock:n:left'])
    expect(keys.filter(key => key.includes('lock:p:'))).toHaveLength(66)
    expect(messages.filter(({ type }) => type === 'lost')).toEqual([])
  })

  test('a lock that is taken and given back all the time leaves its last removal, and what is held now', async () => {
    const store = await newStore({ path: await storePath(), changesKept: 1200 })
    const since = await tokenOfNow(store)
    for (let round = 0; round < 1500; round++) {
      const held = done(await store.insert('lock:n:till', bytesOf('held')))
      await store.remove('lock:n:till', held)
    }
    await store.insert('lock:n:door', bytesOf('held'))
    const messages = await backlog(store, since)
    expect(messages.filter(({ type }) => type === 'lost')).toEqual([])
    expect(picture(messages).has('lock:n:till')).toBe(false)
    expect(picture(messages).has('lock:n:door')).toBe(true)
    expect(messages.some(message => message.type === 'removed' && message.key === 'lock:n:till')).toBe(true)
  })

  test('what was cut is still told lost, however many rows of locks are left out after it', async () => {
    const store = await newStore({ path: await storePath(), changesKept: 100 })
    const since = await tokenOfNow(store)
    await insertMany(store, 'a', 800, bytesOf('a'))
    await renewLeases(store, 30)
    expect((await backlog(store, since))[0]?.type).toBe('lost')
    await insertMany(store, 'b', 200, bytesOf('b'))
    const near = await tokenOfNow(store)
    await insertMany(store, 'c', 50, bytesOf('c'))
    expect((await backlog(store, near))[0]).toMatchObject({ type: 'document' })
  })
})

describe('the end of an iteration', () => {
  test('return ends a pull that waits, and then nothing is watched any more', async () => {
    const store = await newStore({ path: await storePath() })
    const reader = store.feed.open()[Symbol.asyncIterator]()
    await reader.next()
    const waiting = reader.next()
    await reader.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(process.getActiveResourcesInfo().filter(name => name === 'FSEventWrap')).toEqual([])
  })

  test('a store that fails makes the iteration reject, and not end in silence', async () => {
    const path = await storePath()
    const store = await newStore({ path, busyTimeoutMs: 50 })
    const reader = store.feed.open()[Symbol.asyncIterator]()
    await reader.next()
    const waiting = rejection(reader.next())
    await withRawDatabase(path, raw => raw.exec('DROP TABLE changes'))
    expect(await waiting).toMatchObject({ code: 'store-unavailable' })
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  test('a token is refused by whoever iterates, also when nobody does', async () => {
    const store = await newStore({ path: await storePath() })
    store.feed.open({ since: 'nonsense' as FeedToken })
    const reader = store.feed.open({ since: 'nonsense' as FeedToken })[Symbol.asyncIterator]()
    expect(await rejection(reader.next())).toMatchObject({ code: 'invalid-argument' })
  })
})
