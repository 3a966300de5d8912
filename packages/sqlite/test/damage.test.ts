import { copyFile, mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { StoreUnavailableError, type StoreToken } from '@scopes/core'
import { beforeAll, describe, expect, test } from 'vitest'

import type { Database } from '../src/driver.ts'
import { type SqliteStore, sqliteStore } from '../src/sqlite-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { runProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, rejection } from './writing.ts'

const pageBytes = 4096
const documents = 400
const documentBytes = 2000
const noise = Buffer.alloc(pageBytes, 0xa5)

/** A store file with its bell, made by another process so that nothing of it is cached here. */
let original = ''

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-sqlite-'))
  original = join(directory, 'scopes.db')
  await runProcess({ type: 'fill', path: original, documents, bytes: documentBytes })
  return () => rm(directory, { recursive: true, force: true })
}, 60_000)

/** A copy of it, to be damaged. */
async function filledStore(): Promise<string> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  for (const suffix of ['', '-bell']) await copyFile(`${original}${suffix}`, `${path}${suffix}`)
  return path
}

async function overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, position)
  await file.close()
}

async function bytesAt(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  await file.close()
  return buffer
}

function expectDamage(error: unknown, path: string): void {
  expect(error).toBeInstanceOf(StoreUnavailableError)
  expect(error).toMatchObject({ outcome: 'none' })
  const { message } = error as Error
  expect(message).toContain(path)
  expect(message).toMatch(/damaged.*quick_check.*backup/)
}

/** Which documents can be read, and which fail as damaged; any other answer fails the test. */
async function loadAll(
  store: SqliteStore,
  path: string,
): Promise<{ readonly tokens: ReadonlyMap<string, StoreToken>; readonly failed: readonly string[] }> {
  const tokens = new Map<string, StoreToken>()
  const failed: string[] = []
  for (let number = 0; number < documents; number++) {
    const key = `session:shop:${number}`
    try {
      const document = await store.load(key)
      const isRight = document && Buffer.alloc(documentBytes, number % 256).equals(document.bytes)
      expect(isRight, `${key} is answered rightly`).toBe(true)
      if (document) tokens.set(key, document.token)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      expectDamage(error, path)
      failed.push(key)
    }
  }
  return { tokens, failed }
}

/** The pages that hold documents. */
function leafPages(database: Database): number[] {
  return database
    .prepare<{ pageno: number }>("SELECT pageno FROM dbstat WHERE name = 'docs' AND pagetype = 'leaf' ORDER BY pageno")
    .all()
    .map(({ pageno }) => pageno)
}

describe('a damaged file is named and said to be damaged', () => {
  test('its header is overwritten: open fails and changes nothing', async () => {
    const path = await filledStore()
    await overwrite(path, 0, Buffer.alloc(100, 0x5a))
    const { size } = await stat(path)
    const store = sqliteStore({ path })
    expectDamage(await rejection(store.open()), path)
    expectDamage(await rejection(store.load('session:shop:1')), path)
    expect((await stat(path)).size).toBe(size)
    expect(await bytesAt(path, 0, 100)).toEqual(Buffer.alloc(100, 0x5a))
  })

  test('it is no SQLite file at all: open fails', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    await writeFile(path, 'This is a letter to my aunt.\n'.repeat(400))
    expectDamage(await rejection(sqliteStore({ path }).open()), path)
  })

  test('pages are overwritten: each answer is the right document or an error, and never "no document"', async () => {
    const path = await filledStore()
    const { size } = await stat(path)
    for (let page = 20; page < size / pageBytes; page += 7) await overwrite(path, page * pageBytes, noise)
    const store = sqliteStore({ path })
    const { failed } = await loadAll(store, path)
    expect(failed.length).toBeGreaterThan(0)
    await store.close()
  })

  test('one page is overwritten: other documents are read and written as before', async () => {
    const path = await filledStore()
    const page = await withRawDatabase(path, raw => leafPages(raw)[5] ?? 0)
    await overwrite(path, (page - 1) * pageBytes, noise)

    const store = sqliteStore({ path })
    const { failed, tokens } = await loadAll(store, path)
    const [badKey = ''] = failed
    const [goodKey = '', token] = [...tokens].at(-1) ?? []
    if (token === undefined) throw new Error('no document could be read')
    const [bad, good] = await Promise.allSettled([
      store.append(badKey, bytesOf('x'), token),
      store.append(goodKey, bytesOf('x'), token),
    ])
    expectDamage(bad.status === 'rejected' && bad.reason, path)
    expect(good).toMatchObject({ status: 'fulfilled', value: { type: 'done' } })
    await store.close()
  })

  test('it is cut in half: what is missing fails, and is never answered as "no document"', async () => {
    const path = await filledStore()
    await truncate(path, Math.floor((await stat(path)).size / 2 / pageBytes) * pageBytes)
    const store = sqliteStore({ path })
    const { failed } = await loadAll(store, path)
    expect(failed.length).toBeGreaterThan(0)
    await store.close()
  })

  test('it is empty where a store was: open fails, instead of beginning a new store in silence', async () => {
    const path = await filledStore()
    await truncate(path, 0)
    const error = await rejection(sqliteStore({ path }).open())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toMatch(/is empty, but it held a store before.*backup/)
    expect((await stat(path)).size).toBe(0)

    // Who means it deletes the file.
    await rm(path)
    const store = sqliteStore({ path })
    expect(await store.load('session:shop:1')).toBeUndefined()
    await store.close()
  })

  test('an empty file where no store was is a new store', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    await writeFile(path, '')
    const store = sqliteStore({ path })
    expect(await store.insert('session:shop:1', bytesOf('a'))).toMatchObject({ type: 'done' })
    await store.close()
  })
})

describe('a file that is not for this store', () => {
  test('the database of something else is refused and left as it is', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    await withRawDatabase(path, raw => raw.exec('CREATE TABLE customers(id INTEGER PRIMARY KEY)'))
    const error = await rejection(sqliteStore({ path }).open())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toMatch(/something else/)
    const tables = await withRawDatabase(path, raw => raw.prepare('SELECT name FROM sqlite_schema').all())
    expect(tables).toEqual([{ name: 'customers' }])
  })

  test('a store of a later format is refused', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const store = sqliteStore({ path })
    await store.open()
    await store.close()
    await withRawDatabase(path, raw => raw.exec("UPDATE meta SET v = 2 WHERE k = 'format'"))
    const error = await rejection(sqliteStore({ path }).open())
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect((error as Error).message).toMatch(/format 2/)
  })
})
