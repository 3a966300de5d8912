import { onTestFinished } from 'vitest'

import { type SqliteStore, type SqliteStoreOptions, sqliteStore } from '../src/sqlite-store.ts'

/** An open store, closed at the end of the test. */
export async function newStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const store = sqliteStore(options)
  onTestFinished(() => store.close())
  await store.open()
  return store
}
