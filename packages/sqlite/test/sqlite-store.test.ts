import { readdir } from 'node:fs/promises'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join, relative } from 'node:path'

import { InvalidArgumentError, StoreUnavailableError } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { TransactionMessage } from '../src/diagnostics.ts'
import { type SqliteStoreOptions, sqliteStore } from '../src/sqlite-store.ts'
import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, rejection, textAt } from './writing.ts'

function transactions(): TransactionMessage[] {
  const told: TransactionMessage[] = []
  const listener = (message: unknown): void => void told.push(message as TransactionMessage)
  subscribe('scopes:sqlite:commit', listener)
  onTestFinished(() => void unsubscribe('scopes:sqlite:commit', listener))
  return told
}

describe('options', () => {
  test.each<[string, Partial<Record<keyof SqliteStoreOptions, unknown>>]>([
    ['an empty path', { path: '' }],
    ['no path', { path: undefined }],
    ['a database in memory', { path: ':memory:' }],
    ['an address', { path: 'file:scopes.db?mode=memory' }],
    ['another durability', { durability: 'sometimes' }],
    ['no time to wait', { busyTimeoutMs: -1 }],
    ['half a millisecond', { pollMs: 0.5 }],
    ['no look', { pollMs: 0 }],
    ['no log', { changesKept: 0 }],
    ['a misspelt option', { durabilty: 'flushed' } as object],
    ['no number', { flushEveryMs: Number.NaN }],
    ['more than a timer takes', { flushEveryMs: 2 ** 31 }],
  ])('%s is refused at once', (_, options) => {
    expect(() => sqliteStore({ path: 'scopes.db', ...options } as SqliteStoreOptions)).toThrow(InvalidArgumentError)
  })

  test('no options are refused by an own error', () => {
    expect(() => sqliteStore(undefined as never)).toThrow(InvalidArgumentError)
  })

  test('a directory that cannot be made is told, and does not keep open waiting', async () => {
    const error = await rejection(sqliteStore({ path: '/proc/self/scopes/scopes.db' }).open())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toContain('/proc/self/scopes')
  })

  test('a directory is refused at open, with the name of a file that would do', async () => {
    const directory = await temporaryDirectory()
    const error = await rejection(sqliteStore({ path: directory }).open())
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect((error as Error).message).toContain(join(directory, 'scopes.db'))
  })

  test('missing directories are made, and nothing at all before the first call', async () => {
    const directory = await temporaryDirectory()
    const store = sqliteStore({ path: join(directory, 'a', 'b', 'scopes.db') })
    expect(await readdir(directory)).toEqual([])
    await store.insert('session:shop:1', bytesOf('a'))
    expect(await readdir(join(directory, 'a', 'b'))).toContain('scopes.db')
    await store.close()
  })

  test('the path is that of the start, wherever the process goes later', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const before = process.cwd()
    const store = sqliteStore({ path: relative(before, path) })
    onTestFinished(() => process.chdir(before))
    process.chdir('/')
    await store.insert('session:shop:1', bytesOf('a'))
    await store.close()
    expect(store.path).toBe(path)
    process.chdir(before)
    expect(await textAt(await newStore({ path }), 'session:shop:1')).toBe('a')
  })
})

describe('durability', () => {
  test('committed: only a transaction that asks for the strongest is flushed; flushed: every one', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const told = transactions()
    const usual = await newStore({ path, flushEveryMs: 0 })
    await usual.insert('session:shop:1', bytesOf('a'))
    await usual.insert('session:shop:2', bytesOf('a'), { durability: 'strongest' })
    await usual.insert('session:shop:3', bytesOf('a'))
    const flushed = await newStore({ path, durability: 'flushed' })
    await flushed.insert('session:shop:4', bytesOf('a'))
    expect(told.map(({ isFlushed }) => isFlushed)).toEqual([false, true, false, true])
  })

  test('committed: what nobody asked to flush is flushed within flushEveryMs', async () => {
    const store = await newStore({ path: join(await temporaryDirectory(), 'scopes.db'), flushEveryMs: 20 })
    const told = transactions()
    await store.insert('session:shop:1', bytesOf('a'))
    await expect
      .poll(() => told.map(({ mutations, isFlushed }) => ({ mutations, isFlushed })), { timeout: 4000 })
      .toEqual([
        { mutations: 1, isFlushed: false },
        { mutations: 0, isFlushed: true },
      ])
  })
})

describe('many scopes', () => {
  test('what is written in one turn of the event loop is one transaction, and one bad member rejects alone', async () => {
    const store = await newStore({ path: join(await temporaryDirectory(), 'scopes.db') })
    const told = transactions()
    const settled = await Promise.allSettled([
      store.insert('session:shop:1', bytesOf('a')),
      store.insert(Symbol('no key') as never, bytesOf('a')),
      store.insert('session:shop:2', bytesOf('a')),
    ])
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(told.map(({ mutations }) => mutations)).toEqual([3])
  })

  test('bytes are those of the moment of the call', async () => {
    const store = await newStore({ path: join(await temporaryDirectory(), 'scopes.db') })
    const buffer = Buffer.from('before')
    const writing = store.insert('session:shop:1', buffer)
    buffer.fill('x')
    await writing
    expect(await textAt(store, 'session:shop:1')).toBe('before')
  })

  test('a token is never handed out again after removal and creation', async () => {
    const store = await newStore({ path: join(await temporaryDirectory(), 'scopes.db') })
    const tokens: bigint[] = []
    for (let life = 0; life < 50; life++) {
      const created = done(await store.insert('session:shop:1', bytesOf('a')))
      const removed = done(await store.remove('session:shop:1', created))
      tokens.push(created, removed)
    }
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(tokens).toEqual(tokens.toSorted((left, right) => (left < right ? -1 : 1)))
  })
})

describe('closing', () => {
  test('with work under way: everything that was asked for before is done or says that it is not', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const store = await newStore({ path })
    const writing = Array.from({ length: 300 }, (_, index) => store.insert(`session:shop:${index}`, bytesOf('a')))
    const reader = store.feed.open()[Symbol.asyncIterator]()
    const closed = store.close()
    const late = rejection(store.insert('session:shop:late', bytesOf('a')))
    const results = await Promise.all(writing)
    await closed
    expect(results.every(({ type }) => type === 'done')).toBe(true)
    expect(await late).toMatchObject({ code: 'store-unavailable', outcome: 'none' })
    expect((await reader.next()).done).toBe(true)
    const count = await withRawDatabase(path, raw => raw.prepare<{ n: number }>('SELECT count(*) AS n FROM docs').get())
    expect(count?.n).toBe(300)
  })

  test('rule 11: the log is empty afterwards, so that the file alone is the store', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const store = await newStore({ path })
    await store.insert('session:shop:1', bytesOf('a'))
    await store.close()
    const { size } = (await import('node:fs')).statSync(`${path}-wal`, { throwIfNoEntry: false }) ?? { size: 0 }
    expect(size).toBe(0)
  })

  test('while it is being opened: the store is closed in the end', async () => {
    const store = sqliteStore({ path: join(await temporaryDirectory(), 'scopes.db') })
    const opening = store.open()
    await store.close()
    await opening
    expect(await rejection(store.load('session:shop:1'))).toBeInstanceOf(StoreUnavailableError)
  })

  test('await using closes it', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const kept = sqliteStore({ path })
    {
      await using store = kept
      await store.insert('session:shop:1', bytesOf('a'))
    }
    expect(await rejection(kept.load('session:shop:1'))).toBeInstanceOf(StoreUnavailableError)
  })
})
