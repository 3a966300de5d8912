import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'

import {
  type ChangeFeed,
  type Clock,
  type DocumentStore,
  InvalidArgumentError,
  type LoadOptions,
  type MutationOptions,
  type MutationResult,
  type StoreCallOptions,
  type StoreCapabilities,
  type StoreToken,
  StoreUnavailableError,
  type StoredDocument,
  type WriteOptions,
  systemClock,
} from '@scopes/core'

import { type Mutation, seqOf } from './mutation.ts'
import { openDatabase } from './open-database.ts'
import { OpenStore, type StoreSettings } from './open-store.ts'
import { abortedError } from './retry-busy.ts'
import { sqliteFeed } from './sqlite-feed.ts'

/** Options of `sqliteStore`. */
export interface SqliteStoreOptions {
  /** The store file, such as `data/scopes.db`; its directory is made if it is missing. On a disk of this machine. */
  readonly path: string
  /**
   * What an acknowledgement promises. `committed` (default): every process sees the commit and it survives `kill -9`; a
   * power cut may take what was committed after the last flush. `flushed`: it survives a power cut too.
   */
  readonly durability?: 'committed' | 'flushed' | undefined
  /** With `committed`, the longest time that a commit stays unflushed, in milliseconds; 0: no timer. Default 1000. */
  readonly flushEveryMs?: number | undefined
  /** How long a call waits for other processes that are writing, in milliseconds. Default 3000. */
  readonly busyTimeoutMs?: number | undefined
  /**
   * How often the feed looks for changes if it was not woken (four times a second when nothing has changed for 40 looks), and
   * how old the look at the file's place may be, in milliseconds. Default 25.
   */
  readonly pollMs?: number | undefined
  /** How many changes the feed's log keeps; a reader further behind is told `lost`. Default 100,000. */
  readonly changesKept?: number | undefined
  /** Judges `expiresAt` and dates what the feed proves; waiting is by real time. Default: the clock of this machine. */
  readonly clock?: Pick<Clock, 'now' | 'monotonic'> | undefined
}

/** A store of many processes in one file. */
export interface SqliteStore extends DocumentStore {
  /** The absolute path of the file. */
  readonly path: string
  readonly feed: ChangeFeed
  /**
   * Afterwards there is a file at `to` that holds what the store held at one moment, compacted. Other processes read and
   * write meanwhile; this one is blocked for about 2 s per GB. Rejects with `InvalidArgumentError` when there is
   * something at `to` already, and then leaves it as it is.
   */
  backUp(to: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const knownOptions: ReadonlySet<string> = new Set([
  'path',
  'durability',
  'flushEveryMs',
  'busyTimeoutMs',
  'pollMs',
  'changesKept',
  'clock',
])

/**
 * A store in a SQLite file, for all processes of one machine. Nothing is touched before `open` or the first call.
 *
 * ```ts
 * const store = sqliteStore({ path: 'data/scopes.db' })
 * ```
 * @throws InvalidArgumentError when an option has a value that is not allowed.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  // A misspelt `durability` would lose what it was to keep.
  const unknownOption = Object.keys(options ?? {}).find(name => !knownOptions.has(name))
  if (unknownOption !== undefined) {
    throw new InvalidArgumentError(
      `sqliteStore does not know the option "${unknownOption}"; it knows ${[...knownOptions].join(', ')}.`,
    )
  }
  const { path, durability = 'committed', clock = systemClock } = options ?? {}
  if (typeof path !== 'string' || path === '' || path.startsWith(':') || path.startsWith('file:')) {
    throw new InvalidArgumentError(`path is ${JSON.stringify(path)}, but must name a file, such as data/scopes.db.`)
  }
  if (durability !== 'committed' && durability !== 'flushed') {
    throw new InvalidArgumentError(`durability is ${JSON.stringify(durability)}, but must be 'committed' or 'flushed'.`)
  }
  return new SqliteDocumentStore({
    path: resolve(path),
    isAlwaysFlushed: durability === 'flushed',
    clock,
    flushEveryMs: wholeNumber('flushEveryMs', options.flushEveryMs ?? 1000, 0),
    busyTimeoutMs: wholeNumber('busyTimeoutMs', options.busyTimeoutMs ?? 3000, 0),
    pollMs: wholeNumber('pollMs', options.pollMs ?? 25, 1),
    changesKept: wholeNumber('changesKept', options.changesKept ?? 100_000, 1),
  })
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return value
  throw new InvalidArgumentError(
    `${name} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}, but must be a whole number of at least ${least}.`,
  )
}

/** Where the life of a store object stands. A failed opening leads back to `idle`. */
type State =
  | { readonly type: 'idle' }
  | { readonly type: 'opening'; readonly store: Promise<OpenStore> }
  | { readonly type: 'open'; readonly store: OpenStore }
  | { readonly type: 'closed'; readonly done: Promise<void> }

class SqliteDocumentStore implements SqliteStore {
  readonly capabilities: StoreCapabilities = {
    isPersistent: true,
    isShared: true,
    expires: true,
    // SQLite's own limit is 1 GB for a whole row.
    maxDocumentBytes: 512 * 1024 * 1024,
  }
  readonly feed: ChangeFeed
  readonly #settings: StoreSettings
  #state: State = { type: 'idle' }

  constructor(settings: StoreSettings) {
    this.#settings = settings
    this.feed = sqliteFeed(() => this.#opened())
  }

  get path(): string {
    return this.#settings.path
  }

  async open({ signal }: StoreCallOptions = {}): Promise<void> {
    if (signal?.aborted) throw abortedError(signal)
    const state = this.#state
    if (state.type === 'closed') {
      await state.done
      if (this.#state === state) this.#state = { type: 'idle' }
    } else if (state.type === 'open' && state.store.isReplaced) {
      this.#state = { type: 'idle' }
      await state.store.close()
    }
    await this.#opened()
  }

  load<Known extends Pick<StoredDocument, 'token'> = never>(
    key: string,
    options: LoadOptions<Known> = {},
  ): Promise<StoredDocument | Known | undefined> {
    if (options.signal?.aborted) return Promise.reject(abortedError(options.signal))
    if (this.#state.type === 'open') return this.#state.store.load(key, options)
    return this.#opened().then(store => store.load(key, options))
  }

  insert(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<MutationResult> {
    const deadline = this.#deadlineOf(options)
    return this.#mutate({ type: 'insert', key, bytes: new Uint8Array(bytes), deadline }, options)
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options: MutationOptions = {}): Promise<MutationResult> {
    return this.#mutate({ type: 'append', key, bytes: new Uint8Array(bytes), token: seqOf(token) }, options)
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options: WriteOptions = {}): Promise<MutationResult> {
    const deadline = this.#deadlineOf(options)
    return this.#mutate({ type: 'replace', key, bytes: new Uint8Array(bytes), token: seqOf(token), deadline }, options)
  }

  remove(key: string, token: StoreToken, options: MutationOptions = {}): Promise<MutationResult> {
    return this.#mutate({ type: 'remove', key, token: seqOf(token) }, options)
  }

  async backUp(to: string): Promise<void> {
    const target = resolve(to)
    const store = await this.#opened()
    if (existsSync(target)) throw new InvalidArgumentError(`${target} is there already: a backup overwrites nothing.`)
    try {
      await store.backUp(target)
    } catch (error) {
      await rm(target, { force: true })
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#state.type !== 'closed') this.#state = { type: 'closed', done: end(this.#state) }
    await this.#state.done
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #mutate(mutation: Mutation, { signal, durability }: MutationOptions): Promise<MutationResult> {
    if (signal?.aborted) throw abortedError(signal)
    const store = this.#state.type === 'open' ? this.#state.store : await this.#opened()
    return store.mutate(mutation, { isFlushed: durability === 'strongest', signal })
  }

  /** Unix seconds; null: never. All processes of a machine have one clock, so it is the store's. */
  #deadlineOf({ expiresAt, ttlSeconds }: WriteOptions): number | null {
    if (ttlSeconds !== undefined) return Math.ceil(this.#settings.clock.now() / 1000 + ttlSeconds)
    return expiresAt === undefined ? null : Math.ceil(expiresAt)
  }

  #opened(): Promise<OpenStore> {
    switch (this.#state.type) {
      case 'open':
        return Promise.resolve(this.#state.store)
      case 'opening':
        return this.#state.store
      case 'closed':
        return Promise.reject(new StoreUnavailableError(`The store ${this.path} is closed. Open it first.`))
      case 'idle': {
        const opening: State = { type: 'opening', store: this.#open() }
        this.#state = opening
        opening.store.then(
          store => this.#settle(opening, { type: 'open', store }),
          () => this.#settle(opening, { type: 'idle' }),
        )
        return opening.store
      }
      default:
        return this.#state satisfies never
    }
  }

  async #open(): Promise<OpenStore> {
    const opened = await openDatabase(this.#settings)
    return new OpenStore(this.#settings, opened)
  }

  #settle(opening: State, next: State): void {
    if (this.#state === opening) this.#state = next
  }
}

async function end(state: State): Promise<void> {
  if (state.type === 'open') return state.store.close()
  if (state.type !== 'opening') return
  const store = await state.store.catch(() => undefined)
  await store?.close()
}
