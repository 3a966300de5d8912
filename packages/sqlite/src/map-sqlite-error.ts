import { ScopesError, StoreUnavailableError, type WriteOutcome } from '@scopes/core'

import { CommitFailure } from './transaction.ts'

/** What a primary result code of SQLite means for the operator of a store, and what to do. `%` is the path. */
const meanings = {
  5: '% is locked by another process, which may be stopped inside a write: look for it, then try again.',
  8: '% cannot be written: the file or its file system is read-only. A store needs a writable directory.',
  10: 'The disk failed to read or write %: see the system log. Nothing was repaired.',
  11: damaged(),
  13: 'The disk of % is full. What is stored stays readable, and writing goes on as soon as there is space.',
  14: '% cannot be opened: its directory must exist, be writable and hold -wal and -shm beside the file.',
  18: 'A document for % is larger than SQLite can store.',
  26: damaged(),
} as const

const busy = 5
/** COMMIT with one of these has certainly not happened: the lock or the space was missing before its last frame. */
const definiteAtCommit: ReadonlySet<number> = new Set([busy, 8, 13])

/** `all()` of one driver gives no errcode: then the text tells (rule 13). */
const codesByText: readonly (readonly [text: string, code: number])[] = [
  ['database is locked', busy],
  ['readonly database', 8],
  ['disk I/O error', 10],
  ['disk image is malformed', 11],
  ['disk is full', 13],
  ['unable to open database', 14],
  ['too big', 18],
  ['file is not a database', 26],
]

/** Errors of the file system that stand for a result code of SQLite. */
const codesOfFileErrors: Readonly<Record<string, number>> = {
  EROFS: 8,
  EACCES: 8,
  EPERM: 8,
  EIO: 10,
  ENOSPC: 13,
  EDQUOT: 13,
  ENOENT: 14,
  ENOTDIR: 14,
}

/** Whether another connection held the lock: the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy
}

/** Whether only the one statement failed and its transaction can go on: a value too big, or of a wrong type. */
export function isStatementOnly(error: unknown): boolean {
  const code = resultCode(error)
  return code === 18 || (code === undefined && error instanceof TypeError)
}

/**
 * The error of this library for anything that a driver or the file system threw. `outcome` is `unknown` only when
 * COMMIT itself failed in a way after which its frames may be found again.
 */
export function mapSqliteError(error: unknown, path: string): ScopesError {
  if (error instanceof ScopesError) return error
  const code = resultCode(error)
  const wasCommitting = error instanceof CommitFailure
  const isDefinite = !wasCommitting || (code !== undefined && definiteAtCommit.has(code))
  const outcome: WriteOutcome = isDefinite ? 'none' : 'unknown'
  const cause = wasCommitting ? error.cause : error
  const meaning = code === undefined ? undefined : (meanings as Readonly<Record<number, string>>)[code]
  const text = meaning?.replace('%', () => path) ?? `SQLite failed on ${path}.`
  return new StoreUnavailableError(`${text} (${describe(cause)})`, { cause, outcome })
}

/** The primary result code of SQLite, or undefined when the error is not one of SQLite. */
function resultCode(error: unknown): number | undefined {
  if (error instanceof CommitFailure) return resultCode(error.cause)
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 255
  if ('code' in error && typeof error.code === 'string' && error.code in codesOfFileErrors) {
    return codesOfFileErrors[error.code]
  }
  return codesByText.find(([text]) => error.message.includes(text))?.[1]
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'errcode' in cause ? `errcode ${String(cause.errcode)}: ${cause.message}` : cause.message
}

function damaged(): string {
  return (
    '% is damaged, or is no SQLite file. Nothing was changed. Stop every process of the store, keep a copy of the file ' +
    'with its -wal, look at it with "PRAGMA quick_check", and put a backup in its place.'
  )
}
