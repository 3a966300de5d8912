import { constants, statSync } from 'node:fs'
import { access, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { InvalidArgumentError, StoreUnavailableError } from '@scopes/core'

import { refuseNetworkFileSystem } from './file-system.ts'
import { mapSqliteError } from './map-sqlite-error.ts'

/** How long a file may be empty while another process is just making a store of it. */
const creationMs = 1000

/** The bell file of a store file. */
export function bellPath(path: string): string {
  return `${path}-bell`
}

/**
 * Where the store file really is. Afterwards its directory exists, is local and can be written. Looks only, and never
 * opens the file (rule 3). Rejects with `StoreUnavailableError` for a read-only or network file system and for a file that
 * was emptied, with `InvalidArgumentError` for a directory.
 */
export async function preparePlace(path: string): Promise<string> {
  try {
    await makeDirectory(dirname(path))
    const directory = await realpath(dirname(path))
    await refuseNetworkFileSystem(directory)
    await access(directory, constants.W_OK)

    const size = await sizeOf(path)
    if (size === undefined) return join(directory, basename(path))
    await access(path, constants.W_OK)
    // SQLite resolves links too: the bell must lie where all others look for it.
    const file = await realpath(path)
    if (size === 0) await refuseEmptied(file)
    return file
  } catch (error) {
    throw mapSqliteError(error, path)
  }
}

/** By hand: where the parent is there and takes no directories (`/proc`), `recursive` tries for ever. */
async function makeDirectory(directory: string): Promise<void> {
  if (await isDirectory(directory)) return
  const parent = dirname(directory)
  if (parent !== directory) await makeDirectory(parent)
  await mkdir(directory).catch(async (error: unknown) => {
    // Another process may have made it.
    if (!(await isDirectory(directory))) throw error
  })
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isDirectory() ?? false
}

/**
 * SQLite would take an empty file for a new store, and its WAL for rubbish. Where the bell bears a mark there was a store
 * before, unless another process is at this moment making a new one.
 */
async function refuseEmptied(path: string): Promise<void> {
  const bell = await stat(bellPath(path)).catch(() => undefined)
  if (bell === undefined || bell.size === 0) return
  const until = performance.now() + creationMs
  while (performance.now() < until) {
    await new Promise(resolve => setTimeout(resolve, 10))
    if ((await sizeOf(path)) !== 0) return
  }
  throw new StoreUnavailableError(
    `${path} is empty, but it held a store before. Put a backup in its place, or delete it to begin a new store.`,
  )
}

async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats?.isDirectory()) {
    throw new InvalidArgumentError(`${path} is a directory: name a file in it, such as ${join(path, 'scopes.db')}.`)
  }
  return stats?.size
}

/**
 * Watches that the open file is still the one at its path. SQLite would go on in a file that was moved, deleted or
 * replaced without an error, and what it acknowledges there is lost.
 */
export class PlaceGuard {
  readonly #path: string
  readonly #everyMs: number
  readonly #opened: string | undefined
  #checkedAt = performance.now()
  #isReplaced = false

  constructor(path: string, everyMs: number) {
    this.#path = path
    this.#everyMs = everyMs
    this.#opened = inodeOf(path)
  }

  /** Whether the file was found to be another. It stays so: what was acknowledged since then may be in the old one. */
  get isReplaced(): boolean {
    return this.#isReplaced
  }

  /** Throws `StoreUnavailableError` when the file was another at the last look, which is at most `everyMs` ago. */
  check(): void {
    const now = performance.now()
    if (now - this.#checkedAt >= this.#everyMs) {
      this.#checkedAt = now
      this.#isReplaced ||= inodeOf(this.#path) !== this.#opened
    }
    if (!this.#isReplaced) return
    throw new StoreUnavailableError(
      `${this.#path} was moved, deleted or replaced while it was in use. Call open() to use what is there now; ` +
        'what was written in the last moments may be in the old file only.',
    )
  }
}

function inodeOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
