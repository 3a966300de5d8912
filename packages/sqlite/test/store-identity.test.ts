import { copyFile, rename, rm, stat } from 'node:fs/promises'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'

import type { FeedMessage, FeedToken, StoreToken } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'

import type { BranchMessage } from '../src/diagnostics.ts'
import { type SqliteStore, sqliteStore } from '../src/sqlite-store.ts'
import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { runProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, textAt } from './writing.ts'

const key = 'session:shop:1'
const jump = 2n ** 24n

async function storePath(): Promise<string> {
  return join(await temporaryDirectory(), 'scopes.db')
}

/** What a reader that goes on from `since` is told until it has caught up. */
async function toldSince(store: SqliteStore, since: FeedToken): Promise<FeedMessage[]> {
  const messages: FeedMessage[] = []
  for await (const message of store.feed.open({ since })) {
    messages.push(message)
    if (message.type === 'caught-up') break
  }
  return messages
}

async function tokenOfNow(store: SqliteStore): Promise<FeedToken> {
  for await (const { feedToken } of store.feed.open()) return feedToken
  throw new Error('the feed ended')
}

/** Inserts and appends, and where a reader stands after it. */
async function write(store: SqliteStore, appends: number): Promise<{ token: StoreToken; feedToken: FeedToken }> {
  let token = done(await store.insert(key, bytesOf('a')))
  for (let count = 0; count < appends; count++) token = done(await store.append(key, bytesOf('b'), token))
  return { token, feedToken: await tokenOfNow(store) }
}

function typesOf(messages: readonly FeedMessage[]): string[] {
  return messages.map(message => message.type)
}

function branchesBegun(): BranchMessage[] {
  const begun: BranchMessage[] = []
  const listener = (message: unknown): void => void begun.push(message as BranchMessage)
  subscribe('scopes:sqlite:branch', listener)
  onTestFinished(() => void unsubscribe('scopes:sqlite:branch', listener))
  return begun
}

describe('a history that goes on', () => {
  test('closing and opening keeps the branch, and the feed resumes without a word', async () => {
    const path = await storePath()
    const begun = branchesBegun()
    const store = await newStore({ path })
    const { token, feedToken } = await write(store, 3)
    for (let round = 0; round < 3; round++) {
      await store.close()
      await store.open()
    }
    expect(begun.map(({ reason }) => reason)).toEqual(['created'])
    expect(typesOf(await toldSince(store, feedToken))).toEqual(['caught-up'])
    expect(done(await store.append(key, bytesOf('c'), token))).toBe(token + 1n)
  })

  test('stores that are opened at the same time on a new file make one branch', async () => {
    const path = await storePath()
    const begun = branchesBegun()
    const stores = Array.from({ length: 8 }, () => sqliteStore({ path }))
    onTestFinished(async () => {
      for (const store of stores) await store.close()
    })
    await Promise.all(stores.map(store => store.open()))
    expect(begun).toHaveLength(1)
    const results = await Promise.all(stores.map(store => store.insert(key, bytesOf('a'))))
    expect(results.filter(({ type }) => type === 'done')).toHaveLength(1)
  })

  test('two new stores never hand out the same tokens', async () => {
    const [first, second] = [await newStore({ path: await storePath() }), await newStore({ path: await storePath() })]
    expect((await write(first, 0)).token).not.toBe((await write(second, 0)).token)
  })
})

describe('rule 10: a history that may have lost its tail', { timeout: 60_000 }, () => {
  test('branch-change: after a boot there is one new branch, tokens jump by more than a tail, and readers are told first of all', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const { token, feedToken } = await write(store, 3)
    await store.close()
    await withRawDatabase(path, raw => raw.exec("UPDATE meta SET v = 'another boot' WHERE k = 'boot'"))

    const begun = branchesBegun()
    const stores = [sqliteStore({ path }), sqliteStore({ path }), store]
    await Promise.all(stores.map(opened => opened.open()))
    onTestFinished(async () => {
      for (const opened of stores) await opened.close()
    })
    expect(begun.map(({ reason }) => reason)).toEqual(['boot'])
    const told = await toldSince(store, feedToken)
    expect(typesOf(told)).toEqual(['rolled-back', 'document', 'caught-up'])
    const next = done(await store.append(key, bytesOf('c'), token))
    expect(next - token).toBeGreaterThan(jump)
  })

  test('tokens that a lost tail had are never handed out again, and appends held since then do not land', async () => {
    const path = await storePath()
    const [before, lost] = await runProcess(
      { type: 'append', path, key, times: 3 },
      { type: 'back-up', path, to: `${path}.before` },
      { type: 'append', path, key, times: 50 },
    )
    if (before === undefined || lost === undefined) throw new Error('the other process failed')
    // The file of before, written over in place, is what is left when the tail is lost: same inode, older state.
    await copyFile(`${path}.before`, path)

    const store = await newStore({ path })
    const again: bigint[] = []
    let token = (await store.load(key))?.token
    for (let count = 0; count < 100 && token !== undefined; count++) {
      token = done(await store.append(key, bytesOf('y'), token))
      again.push(token)
    }
    expect(again).toHaveLength(100)
    const lostTokens = Array.from({ length: 50 }, (_, index) => BigInt(before.token) + 1n + BigInt(index))
    expect(lostTokens.at(-1)).toBe(BigInt(lost.token))
    expect(again.filter(value => lostTokens.includes(value))).toEqual([])
    for (const held of lostTokens) {
      expect(await store.append(key, bytesOf('late'), held as StoreToken)).toEqual({ type: 'refused', reason: 'stale' })
    }
    expect((await toldSince(store, lost.feedToken as FeedToken))[0]?.type).toBe('rolled-back')
  })
})

describe('a file that is not the one it was', { timeout: 60_000 }, () => {
  test('uuid: a backup restored over the file in place is told as rolled-back, then come all documents', async () => {
    const path = await storePath()
    const told = await runProcess(
      { type: 'append', path, key, times: 2 },
      { type: 'back-up', path, to: `${path}.backup` },
      { type: 'append', path, key: 'session:shop:2', times: 2 },
    )
    expect(told).toHaveLength(2)
    await copyFile(`${path}.backup`, path)

    const begun = branchesBegun()
    const store = await newStore({ path })
    expect(begun.map(({ reason }) => reason)).toEqual(['mark'])
    for (const { feedToken } of told) {
      const messages = await toldSince(store, feedToken as FeedToken)
      expect(typesOf(messages)).toEqual(['rolled-back', 'document', 'caught-up'])
    }
    expect((await store.load(key))?.bytes).toHaveLength(2)
    expect(await textAt(store, 'session:shop:2')).toBeUndefined()
  })

  test('a backup put in the place of the file is told as rolled-back', async () => {
    const path = await storePath()
    const [early] = await runProcess(
      { type: 'append', path, key, times: 2 },
      { type: 'back-up', path, to: `${path}.backup` },
    )
    await rm(path)
    await rename(`${path}.backup`, path)

    const begun = branchesBegun()
    const store = await newStore({ path })
    expect(begun.map(({ reason }) => reason)).toEqual(['file'])
    const told = await toldSince(store, early?.feedToken as FeedToken)
    expect(typesOf(told)).toEqual(['rolled-back', 'document', 'caught-up'])
  })

  test.each(['file', 'born'])('its %s alone tells that it is another', async name => {
    const path = await storePath()
    const store = await newStore({ path })
    await write(store, 1)
    await store.close()
    await withRawDatabase(path, raw => raw.exec(`UPDATE meta SET v = '1' WHERE k = '${name}'`))
    const begun = branchesBegun()
    await store.open()
    expect(begun.map(({ reason }) => reason)).toEqual(['file'])
  })

  test('a copy beside it is another store: each refuses to go on from the tokens of the other in silence', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const { feedToken } = await write(store, 1)
    await store.close()
    await copyFile(path, `${path}.copy`)
    await store.open()
    const copy = await newStore({ path: `${path}.copy` })
    expect((await toldSince(copy, feedToken))[0]?.type).toBe('rolled-back')
    expect((await toldSince(store, await tokenOfNow(copy)))[0]?.type).toBe('rolled-back')
    expect(typesOf(await toldSince(store, feedToken))).toEqual(['caught-up'])
  })

  test('a file made anew at the same path, even with the same inode, is told as rolled-back', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const { token, feedToken } = await write(store, 20)
    await store.close()
    for (const suffix of ['', '-wal', '-shm', '-bell']) await rm(`${path}${suffix}`, { force: true })

    await store.open()
    const created = await write(store, 40)
    expect(created.token).not.toBe(token)
    expect(typesOf(await toldSince(store, feedToken))).toEqual(['rolled-back', 'document', 'caught-up'])
  })

  test('without the bell nobody knows what was announced: a new branch, and a new bell', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    const { feedToken } = await write(store, 1)
    await store.close()
    await rm(`${path}-bell`)

    await store.open()
    expect((await toldSince(store, feedToken))[0]?.type).toBe('rolled-back')
    expect((await stat(`${path}-bell`)).size).toBeGreaterThan(0)
    const next = await tokenOfNow(store)
    await store.close()
    await store.open()
    expect(typesOf(await toldSince(store, next))).toEqual(['caught-up'])
  })

  test('a reader that is under way when another process begins a branch is told so', async () => {
    const path = await storePath()
    const store = await newStore({ path })
    await write(store, 1)
    const reader = store.feed.open()[Symbol.asyncIterator]()
    expect((await reader.next()).value).toMatchObject({ type: 'caught-up' })
    await withRawDatabase(path, raw => raw.exec("UPDATE meta SET v = 'another boot' WHERE k = 'boot'"))
    const other = await newStore({ path })
    expect((await reader.next()).value).toMatchObject({ type: 'rolled-back' })
    expect((await reader.next()).value).toMatchObject({ type: 'document', key })
    expect((await reader.next()).value).toMatchObject({ type: 'caught-up' })
    await other.insert('session:shop:2', bytesOf('b'))
    expect((await reader.next()).value).toMatchObject({ type: 'document', key: 'session:shop:2' })
    await reader.return?.()
  })
})
