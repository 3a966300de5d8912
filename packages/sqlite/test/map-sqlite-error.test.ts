import { ConflictError, ScopesError, StoreUnavailableError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { isBusy, isStatementOnly, mapSqliteError } from '../src/map-sqlite-error.ts'
import { CommitFailure } from '../src/transaction.ts'

const path = '/data/scopes.db'

function sqliteError(errcode: number, message = 'failed'): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode })
}

describe('rule 13: every error of SQLite becomes one of this library that names the file', () => {
  test.each([
    [5, /locked/],
    [8, /read-only/],
    [10, /disk failed/],
    [11, /damaged.*backup/],
    [13, /full/],
    [14, /cannot be opened/],
    [18, /larger/],
    [26, /damaged.*backup/],
    [1, /SQLite failed/],
    [5 | (2 << 8), /locked/],
    [10 | (4 << 8), /disk failed/],
    [11 | (3 << 8), /damaged/],
  ])('errcode %i', (errcode, text) => {
    const cause = sqliteError(errcode)
    const error = mapSqliteError(cause, path)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error.message).toMatch(text)
    expect(error.message).toContain(path)
    expect(error.outcome).toBe('none')
    expect(error.cause).toBe(cause)
  })

  test.each([
    ['database is locked', /locked/],
    ['database disk image is malformed', /damaged/],
    ['file is not a database', /damaged/],
    ['disk I/O error', /disk failed/],
    ['database or disk is full', /full/],
    ['unable to open database file', /cannot be opened/],
    ['attempt to write a readonly database', /read-only/],
    ['string or blob too big', /larger/],
  ])('the text "%s" where the driver gives no code', (message, text) => {
    expect(mapSqliteError(new Error(message), path).message).toMatch(text)
  })

  test.each([
    ['EROFS', /read-only/],
    ['EACCES', /read-only/],
    ['ENOSPC', /full/],
    ['EIO', /disk failed/],
    ['ENOENT', /cannot be opened.*directory/],
    ['EMFILE', /SQLite failed/],
  ])('%s of the file system', (code, text) => {
    expect(mapSqliteError(Object.assign(new Error('failed'), { code }), path).message).toMatch(text)
  })

  test('an error of this library stays what it is', () => {
    const error = new ConflictError('lost', { attempts: 3 })
    expect(mapSqliteError(error, path)).toBe(error)
  })

  test('whatever is thrown becomes a ScopesError', () => {
    for (const thrown of [undefined, 'text', new TypeError('wrong')]) {
      expect(mapSqliteError(thrown, path)).toBeInstanceOf(ScopesError)
    }
  })
})

describe('the outcome of a failed COMMIT', () => {
  test.each([5, 8, 13])('is none with errcode %i: the lock or the space was missing before', errcode => {
    expect(mapSqliteError(new CommitFailure(sqliteError(errcode)), path).outcome).toBe('none')
  })

  test.each([10, 10 | (4 << 8), 11, 1])('is unknown with errcode %i: the frames may be in the WAL', errcode => {
    const cause = sqliteError(errcode)
    const error = mapSqliteError(new CommitFailure(cause), path)
    expect(error.outcome).toBe('unknown')
    expect(error.cause).toBe(cause)
  })
})

test('busy is what may succeed in a moment, also as a snapshot or a recovery', () => {
  for (const errcode of [5, 5 | (1 << 8), 5 | (2 << 8)]) expect(isBusy(sqliteError(errcode))).toBe(true)
  expect(isBusy(new CommitFailure(sqliteError(5)))).toBe(true)
  for (const errcode of [1, 6, 10, 13]) expect(isBusy(sqliteError(errcode))).toBe(false)
})

test('a value that is too big or of a wrong type fails its statement only', () => {
  expect(isStatementOnly(sqliteError(18))).toBe(true)
  expect(isStatementOnly(Object.assign(new TypeError('wrong'), { code: 'ERR_INVALID_ARG_TYPE' }))).toBe(true)
  for (const errcode of [5, 10, 11, 13]) expect(isStatementOnly(sqliteError(errcode))).toBe(false)
})
