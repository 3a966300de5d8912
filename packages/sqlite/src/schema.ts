import { StoreUnavailableError } from '@scopes/core'

import type { Database } from './driver.ts'

/** The layout that this version of the package writes and reads; `meta.format` of a file. */
const schemaFormat = 1

/**
 * `docs` has a rowid although its key is text: from 1 KB on a table WITHOUT ROWID loads 2.7 times slower. The rowid has
 * a name, so that `VACUUM` keeps it and a scan by it stays valid. `docs_deadline` is the table of what expires.
 * `changes.seq` is the token of the document that the row announces. The newest row is never deleted: the next token
 * is one more than it.
 */
const tables: readonly string[] = [
  `CREATE TABLE docs(
     id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, token INTEGER NOT NULL, deadline INTEGER, bytes BLOB NOT NULL)`,
  'CREATE INDEX docs_deadline ON docs(deadline) WHERE deadline IS NOT NULL',
  'CREATE TABLE changes(seq INTEGER PRIMARY KEY, key TEXT NOT NULL, kind INTEGER NOT NULL)',
  'CREATE TABLE meta(k TEXT PRIMARY KEY, v) WITHOUT ROWID',
]

/** What a file holds, judged by its tables. */
export type FileContent = 'empty' | 'store'

/** What the file holds. Throws `StoreUnavailableError` when it is something else than a store of this format. */
export function inspectFile(database: Database, path: string): FileContent {
  const names = database.prepare<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (names.length === 0) return 'empty'
  if (!names.some(({ name }) => name === 'meta')) {
    throw new StoreUnavailableError(`${path} is a SQLite database of something else: give the store a file of its own.`)
  }
  const format = database.prepare<{ v: unknown }>("SELECT v FROM meta WHERE k = 'format'").get()?.v
  if (format !== schemaFormat) {
    throw new StoreUnavailableError(
      `${path} has the store format ${String(format)}, and this version of @scopes/sqlite reads ${schemaFormat} only: install the version of @scopes/sqlite that wrote it.`,
    )
  }
  return 'store'
}

/** Afterwards the file has the tables of a store. To be called inside a write transaction on an empty file. */
export function createTables(database: Database): void {
  for (const sql of tables) database.exec(sql)
  database.prepare("INSERT INTO meta(k, v) VALUES('format', ?)").run(schemaFormat)
}
