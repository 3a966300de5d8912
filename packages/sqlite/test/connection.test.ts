import { join } from 'node:path'

import { expect, test } from 'vitest'

import { connect } from '../src/connection.ts'
import { pickDriver } from '../src/driver.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const expected = {
  busy_timeout: 0,
  journal_mode: 'wal',
  synchronous: 1,
  mmap_size: 0,
  cache_size: -16000,
  temp_store: 2,
  foreign_keys: 0,
  wal_autocheckpoint: 1000,
  journal_size_limit: 16777216,
  page_size: 4096,
}

test('every setting is what the layout wants, whatever the build defaults to', async () => {
  const database = connect(await pickDriver(), join(await temporaryDirectory(), 'scopes.db'), 'NORMAL')
  for (const [name, value] of Object.entries(expected)) {
    const row = database.prepare<Record<string, unknown>>(`PRAGMA ${name}`).get()
    expect(Object.values(row ?? {}), name).toEqual([value])
  }
  database.close()
})

test('FULL is FULL', async () => {
  const database = connect(await pickDriver(), join(await temporaryDirectory(), 'scopes.db'), 'FULL')
  expect(database.prepare<{ synchronous: number }>('PRAGMA synchronous').get()?.synchronous).toBe(2)
  database.close()
})
