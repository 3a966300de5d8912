import {
  type Clock,
  type LoadOptions,
  type MutationResult,
  StoreUnavailableError,
  type StoredDocument,
} from '@scopes/core'

import type { Synchronous } from './connection.ts'
import { diagnostics } from './diagnostics.ts'
import { Documents } from './documents.ts'
import { Expiry, type ExpiryTarget } from './expiry.ts'
import { type FeedChunk, type FeedFilter, FeedLog } from './feed-log.ts'
import type { FeedReader } from './feed-reader.ts'
import type { FeedPosition } from './feed-token.ts'
import { LoadQueue, type LoadTarget } from './load-queue.ts'
import { isBusy } from './map-sqlite-error.ts'
import type { Mutation, MutationOutcome } from './mutation.ts'
import type { DatabaseSettings, OpenDatabase } from './open-database.ts'
import { Neighbours } from './neighbours.ts'
import { PlaceGuard } from './place.ts'
import { retryBusy } from './retry-busy.ts'
import { SlowTimer } from './slow-timer.ts'
import type { FeedStore } from './sqlite-feed.ts'
import { Wake } from './wake.ts'
import { WalBound } from './wal-bound.ts'
import { type QueueOptions, WriteQueue, type WriteTarget } from './write-queue.ts'

/** The options of a store, with every default filled in. */
export interface StoreSettings extends DatabaseSettings {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly pollMs: number
  readonly flushEveryMs: number
}

/** A store between its opening and its end: what belongs to one open file, put together. */
export class OpenStore implements LoadTarget, WriteTarget, FeedStore, ExpiryTarget {
  readonly path: string
  readonly busyTimeoutMs: number
  readonly isAlwaysFlushed: boolean
  readonly flushEveryMs: number
  readonly #clock: StoreSettings['clock']
  readonly #opened: OpenDatabase
  readonly #documents: Documents
  readonly #feedLog: FeedLog
  readonly #loads: LoadQueue
  readonly #queue: WriteQueue
  readonly #wal: WalBound
  readonly #wake: Wake
  readonly #guard: PlaceGuard
  readonly #neighbours: Neighbours
  readonly #expiry: Expiry
  readonly #slowTimer = new SlowTimer()
  readonly #readers = new Set<FeedReader>()
  #synchronous: Synchronous
  /** Feeds end and nothing new is begun; the queue is being drained. */
  #isClosing = false
  /** The connection is gone. */
  #isClosed = false

  constructor(settings: StoreSettings, opened: OpenDatabase) {
    const { path, database, transactions, log, identity, bell } = opened
    this.path = path
    this.busyTimeoutMs = settings.busyTimeoutMs
    this.isAlwaysFlushed = settings.isAlwaysFlushed
    this.flushEveryMs = settings.flushEveryMs
    this.#synchronous = settings.isAlwaysFlushed ? 'FULL' : 'NORMAL'
    this.#clock = settings.clock
    this.#opened = opened
    this.#documents = new Documents(database, log)
    this.#feedLog = new FeedLog(database, log, identity, transactions)
    this.#neighbours = new Neighbours(path)
    this.#loads = new LoadQueue(this)
    this.#queue = new WriteQueue(this)
    this.#wal = new WalBound(database, path)
    this.#guard = new PlaceGuard(path, settings.pollMs)
    this.#wake = new Wake({
      bellPath: bell.path,
      pollMs: settings.pollMs,
      slowTimer: this.#slowTimer,
      latestOwn: () => log.latestOwn,
      newest: () => {
        this.#check()
        return log.newest()
      },
    })
    this.#expiry = new Expiry(this, this.#slowTimer)
  }

  /** Whether the file at the path is another than the open one: then every call fails. */
  get isReplaced(): boolean {
    return this.#guard.isReplaced
  }

  get hasNeighbours(): boolean {
    return this.#neighbours.exist
  }

  load<Known extends Pick<StoredDocument, 'token'>>(
    key: string,
    options: LoadOptions<Known>,
  ): Promise<StoredDocument | Known | undefined> {
    return this.#loads.add(key, options)
  }

  read<Known extends Pick<StoredDocument, 'token'>>(
    key: string,
    known: Known | undefined,
  ): StoredDocument | Known | undefined {
    this.#check()
    return this.#documents.load(key, known, this.seconds())
  }

  readTogether(work: () => void): void {
    this.#check()
    this.#opened.transactions.read(work)
  }

  expectWrites(): void {
    this.#queue.expect()
  }

  mutate(mutation: Mutation, options: QueueOptions): Promise<MutationResult> {
    return this.#queue.add(mutation, options)
  }

  commit(mutations: readonly Mutation[], isFlushed: boolean): MutationOutcome[] {
    this.#check()
    this.#setSynchronous(isFlushed ? 'FULL' : 'NORMAL')
    const outcomes = this.#opened.transactions.write(() => {
      if (mutations.length === 0) this.#opened.identity.writeBeat()
      return this.#documents.apply(mutations, this.seconds())
    })
    // Nothing that follows may throw: what is committed must be answered so.
    diagnostics.commit.publish({ path: this.path, mutations: mutations.length, isFlushed })
    this.#afterCommit()
    return outcomes
  }

  sweep(): boolean {
    try {
      this.#check()
      const now = this.seconds()
      if (!this.#documents.hasDue(now)) return false
      const documents = this.#opened.transactions.write(() => this.#documents.sweep(now))
      if (documents === 0) return false
      diagnostics.expired.publish({ path: this.path, documents })
      this.#afterCommit()
      return true
    } catch (error) {
      if (!isBusy(error)) diagnostics.backgroundFailed.publish({ path: this.path, what: 'expiry', error })
      return false
    }
  }

  seconds(): number {
    return Math.floor(this.#clock.now() / 1000)
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  end(): Promise<FeedPosition> {
    return this.#retryRead(() => this.#feedLog.end())
  }

  beginning(): Promise<FeedPosition> {
    return this.#retryRead(() => this.#feedLog.beginning())
  }

  pull(position: FeedPosition, filter: FeedFilter): Promise<FeedChunk> {
    return this.#retryRead(() => this.#feedLog.pull(position, filter))
  }

  listen(reader: FeedReader): () => void {
    if (this.#isClosing) {
      // Opened before the store was closed, and iterated only now.
      reader.stop()
      return () => {}
    }
    this.#readers.add(reader)
    const unlisten = this.#wake.listen(() => reader.wake())
    return () => {
      this.#readers.delete(reader)
      unlisten()
    }
  }

  probe(): void {
    for (const reader of this.#readers) reader.probe()
  }

  /** A consistent copy, made in one go: a copy that is made beside other processes' writes might never come to an end. */
  backUp(to: string): Promise<void> {
    const copy = this.#opened.database.prepare('VACUUM INTO ?')
    return this.#retryRead(() => void copy.run(to), to)
  }

  /** Afterwards what was handed to the queue is answered, the feeds end, the WAL is empty if nobody else uses it. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#expiry.stop()
    for (const reader of this.#readers) reader.stop()
    this.#loads.flush()
    await this.#queue.drain()
    this.#isClosed = true
    this.#neighbours.leave()
    this.#wake.stop()
    this.#slowTimer.stop()
    if (!this.isReplaced) this.#wal.truncate()
    this.#opened.bell.close()
    this.#opened.database.close()
  }

  /** Before each use of the connection. */
  #check(): void {
    if (this.#isClosed) throw new StoreUnavailableError(`The store ${this.path} is closed. Open it first.`)
    this.#guard.check()
  }

  #retryRead<T>(work: () => T, path: string = this.path): Promise<T> {
    const guarded = (): T => {
      this.#check()
      return work()
    }
    return retryBusy(guarded, { path, busyTimeoutMs: this.busyTimeoutMs })
  }

  /** A change costs a microsecond. `FULL` also flushes all earlier commits of all processes (rule 9). */
  #setSynchronous(synchronous: Synchronous): void {
    if (synchronous === this.#synchronous) return
    this.#opened.database.exec(`PRAGMA synchronous=${synchronous}`)
    this.#synchronous = synchronous
  }

  #afterCommit(): void {
    this.#wake.notify()
    this.#opened.bell.ring()
    this.#wal.afterCommit()
  }
}
