import { type MutationResult, StoreUnavailableError } from '@scopes/core'

import { diagnostics } from './diagnostics.ts'
import { isBusy, mapSqliteError } from './map-sqlite-error.ts'
import type { Mutation, MutationOutcome } from './mutation.ts'
import { abortedError, busyPauseMs } from './retry-busy.ts'
import { CommitFailure } from './transaction.ts'

/** How one mutation is to be stored. */
export interface QueueOptions {
  /** A power cut must not take it. */
  readonly isFlushed: boolean
  readonly signal?: AbortSignal | undefined
}

/** What a queue writes to. */
export interface WriteTarget {
  readonly path: string
  /** How long a mutation waits for other processes. */
  readonly busyTimeoutMs: number
  /** Each transaction is flushed. */
  readonly isAlwaysFlushed: boolean
  /** Commits that were not flushed are flushed this long after the first of them; 0: only with the next flushed one. */
  readonly flushEveryMs: number
  /** Other stores of this process write to the same file. */
  readonly hasNeighbours: boolean
  /** One synchronous transaction; throws what the driver throws, and then nothing of it has happened. */
  commit(mutations: readonly Mutation[], isFlushed: boolean): MutationOutcome[]
}

interface Pending {
  readonly mutation: Mutation
  readonly options: QueueOptions
  /** Of `performance.now()`. */
  readonly until: number
  readonly resolve: (result: MutationResult) => void
  readonly reject: (error: unknown) => void
}

/** Mutations in one transaction: more does not make it faster, and the event loop waits for all of it. */
const batchAtMost = 64

/**
 * The mutations of all scopes of this process in the order of the calls, written together once per turn of the event
 * loop. While another process holds the lock they wait here, each up to its own deadline, and new ones join them.
 */
export class WriteQueue {
  readonly #target: WriteTarget
  #pending: Pending[] = []
  #isScheduled = false
  /** So many of the next mutations go each in a transaction of its own: one of them made a transaction fail. */
  #alone = 0
  /** The last batch was written: if there are neighbours, the next one is theirs. */
  #hasWritten = false
  #isFlushDue = false
  #flushTimer: NodeJS.Timeout | undefined
  #onIdle: (() => void)[] = []

  constructor(target: WriteTarget) {
    this.#target = target
  }

  /** Resolves when the mutation is committed or refused; rejects with `StoreUnavailableError`. */
  add(mutation: Mutation, options: QueueOptions): Promise<MutationResult> {
    return new Promise((resolve, reject) => {
      const until = performance.now() + this.#target.busyTimeoutMs
      this.#pending.push({ mutation, options, until, resolve, reject })
      this.#schedule()
    })
  }

  /** Mutations may come before this turn of the event loop is over: they are then written in it. */
  expect(): void {
    this.#schedule()
  }

  /** Resolves when nothing waits any more, and no timer runs. To be called when no mutation is added any more. */
  async drain(): Promise<void> {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    if (this.#isScheduled) await new Promise<void>(resolve => this.#onIdle.push(resolve))
    clearTimeout(this.#flushTimer)
  }

  #schedule(pauseMs?: number): void {
    if (this.#isScheduled && pauseMs === undefined) return
    this.#isScheduled = true
    const run = (): void => this.#writeBatch()
    if (pauseMs !== undefined) setTimeout(run, pauseMs)
    else if (this.#hasWritten && this.#target.hasNeighbours) this.#runAfterNeighbours(run)
    else setImmediate(run)
  }

  /**
   * The store of one event loop that writes without a pause has its next mutation in the queue before another one has read
   * what the last one wrote, and so would be faster for ever: a turn of the loop is left to those that were refused.
   */
  #runAfterNeighbours(run: () => void): void {
    this.#hasWritten = false
    setImmediate(() => setImmediate(run))
  }

  #writeBatch(): void {
    this.#rejectAborted()
    const batch = this.#pending.slice(0, this.#alone > 0 ? 1 : batchAtMost)
    if (batch.length > 0 || this.#isFlushDue) {
      const pauseMs = this.#tryBatch(batch)
      if (pauseMs !== undefined) return this.#schedule(pauseMs)
    }
    this.#isScheduled = false
    if (this.#pending.length > 0) this.#schedule()
    else for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** Wholly synchronous from BEGIN to COMMIT. How long to pause before the next try; its guard are the deadlines. */
  #tryBatch(batch: readonly Pending[]): number | undefined {
    const { isAlwaysFlushed } = this.#target
    const isFlushed = isAlwaysFlushed || this.#isFlushDue || batch.some(({ options }) => options.isFlushed)
    let outcomes: MutationOutcome[]
    try {
      outcomes = this.#target.commit(
        batch.map(({ mutation }) => mutation),
        isFlushed,
      )
    } catch (error) {
      return this.#handleFailure(error, batch)
    }
    this.#pending.splice(0, batch.length)
    this.#alone = Math.max(0, this.#alone - 1)
    this.#noteFlush(isFlushed)
    this.#hasWritten = outcomes.some(outcome => outcome.type === 'answered' && outcome.result.type === 'done')
    for (const [index, outcome] of outcomes.entries()) this.#settle(batch[index], outcome)
    return undefined
  }

  #handleFailure(error: unknown, batch: readonly Pending[]): number | undefined {
    const { path } = this.#target
    // A flush on its own does not wait: the timer brings it again.
    if (this.#isFlushDue) this.#deferFlush()
    if (isBusy(error)) {
      diagnostics.busy.publish({ path, waiting: this.#pending.length })
      this.#rejectOverdue(error)
      return this.#pending.length > 0 ? busyPauseMs() : undefined
    }
    if (batch.length === 0) {
      diagnostics.backgroundFailed.publish({ path, what: 'flush', error })
    } else if (batch.length > 1 && !(error instanceof CommitFailure)) {
      // Nothing was executed, so it can be tried again: a damaged page under one document is not the others' fault.
      this.#alone = batch.length
    } else {
      this.#pending.splice(0, batch.length)
      this.#alone = Math.max(0, this.#alone - 1)
      const mapped = mapSqliteError(error, path)
      for (const { reject } of batch) reject(mapped)
    }
    return undefined
  }

  #settle(pending: Pending | undefined, outcome: MutationOutcome): void {
    if (outcome.type === 'answered') pending?.resolve(outcome.result)
    else pending?.reject(mapSqliteError(outcome.error, this.#target.path))
  }

  #rejectAborted(): void {
    if (!this.#pending.some(({ options }) => options.signal?.aborted)) return
    this.#pending = this.#pending.filter(({ options: { signal }, reject }) => {
      if (!signal?.aborted) return true
      reject(abortedError(signal))
      return false
    })
  }

  #rejectOverdue(cause: unknown): void {
    const now = performance.now()
    this.#pending = this.#pending.filter(({ until, reject }) => {
      if (now <= until) return true
      reject(this.#busyError(cause))
      return false
    })
  }

  #busyError(cause: unknown): StoreUnavailableError {
    const { path, busyTimeoutMs } = this.#target
    return new StoreUnavailableError(
      `${path} was locked by another process for ${busyTimeoutMs} ms: look for one that is stopped inside a write.`,
      { cause, outcome: 'none' },
    )
  }

  #noteFlush(isFlushed: boolean): void {
    const { flushEveryMs } = this.#target
    if (isFlushed) {
      this.#isFlushDue = false
      clearTimeout(this.#flushTimer)
      this.#flushTimer = undefined
    } else if (flushEveryMs > 0 && this.#flushTimer === undefined) {
      this.#deferFlush()
    }
  }

  #deferFlush(): void {
    this.#isFlushDue = false
    clearTimeout(this.#flushTimer)
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = undefined
      this.#isFlushDue = true
      this.#schedule()
    }, this.#target.flushEveryMs).unref()
  }
}
