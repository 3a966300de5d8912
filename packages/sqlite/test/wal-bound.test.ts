import { statSync } from 'node:fs'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { connect } from '../src/connection.ts'
import { type Database, pickDriver } from '../src/driver.ts'
import { WalBound } from '../src/wal-bound.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const megabyte = 1024 * 1024

/** A database whose WAL nothing else empties, filled with so many megabytes. */
async function withWal(megabytes: number): Promise<{ path: string; database: Database; size: () => number }> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const database = connect(await pickDriver(), path, 'NORMAL')
  onTestFinished(() => database.close())
  database.exec('PRAGMA wal_autocheckpoint=0; CREATE TABLE blocks(bytes BLOB)')
  for (let block = 0; block < megabytes; block++) database.exec(`INSERT INTO blocks VALUES(zeroblob(${megabyte}))`)
  return { path, database, size: () => statSync(`${path}-wal`).size }
}

test('rule 7: a WAL over 32 MB is emptied, at one of 640 commits', async () => {
  const { path, database, size } = await withWal(34)
  const bound = new WalBound(database, path)
  for (let commit = 1; commit < 640; commit++) bound.afterCommit()
  expect(size()).toBeGreaterThan(34 * megabyte)
  bound.afterCommit()
  expect(size()).toBe(0)
})

test('a smaller one is left to SQLite', async () => {
  const { path, database, size } = await withWal(8)
  const bound = new WalBound(database, path)
  for (let commit = 1; commit <= 640; commit++) bound.afterCommit()
  expect(size()).toBeGreaterThan(8 * megabyte)
})

test('a reader in the way is no failure: the commit stands, and the next one in turn tries again', async () => {
  const { path, database, size } = await withWal(34)
  const reader = connect(await pickDriver(), path, 'NORMAL')
  onTestFinished(() => reader.close())
  reader.exec('BEGIN; SELECT count(*) FROM blocks')
  database.exec(`INSERT INTO blocks VALUES(zeroblob(${megabyte}))`)
  const bound = new WalBound(database, path)
  for (let commit = 1; commit <= 640; commit++) bound.afterCommit()
  expect(size()).toBeGreaterThan(34 * megabyte)
  reader.exec('COMMIT')
  for (let commit = 1; commit <= 640; commit++) bound.afterCommit()
  expect(size()).toBe(0)
})
