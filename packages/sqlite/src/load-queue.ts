import type { LoadOptions, StoredDocument } from '@scopes/core'

import { isBusy, mapSqliteError } from './map-sqlite-error.ts'
import { abortedError, retryBusy } from './retry-busy.ts'

/** What is loaded from. */
export interface LoadTarget {
  readonly path: string
  /** How long a load waits for other processes. */
  readonly busyTimeoutMs: number
  /** What is stored now, or `known`. Throws what the driver throws. */
  read<Known extends Pick<StoredDocument, 'token'>>(
    key: string,
    known: Known | undefined,
  ): StoredDocument | Known | undefined
  /** Afterwards `work` has run, and all that it read was of one moment of the call. Throws what the driver throws. */
  readTogether(work: () => void): void
  /** Told that writes may come of what is about to be loaded, in this turn of the event loop. */
  expectWrites(): void
}

/**
 * The loads of one turn of the event loop, read together at its end: the locks that SQLite takes for a read cost more than twice
 * what the reading costs. Each is answered by what is stored after its call, never by an earlier state.
 */
export class LoadQueue {
  readonly #target: LoadTarget
  /** Each answers its load, and never throws. */
  #pending: (() => void)[] = []

  constructor(target: LoadTarget) {
    this.#target = target
  }

  /** Rejects with `StoreUnavailableError`. Only when the file is locked for a moment, as at its recovery, does it wait. */
  add<Known extends Pick<StoredDocument, 'token'>>(
    key: string,
    { known, signal }: LoadOptions<Known>,
  ): Promise<StoredDocument | Known | undefined> {
    return new Promise((resolve, reject) => {
      const read = (): StoredDocument | Known | undefined => this.#target.read(key, known)
      if (this.#pending.length === 0) this.#schedule()
      this.#pending.push(() => {
        try {
          if (signal?.aborted) reject(abortedError(signal))
          else resolve(read())
        } catch (error) {
          const { path, busyTimeoutMs } = this.#target
          if (isBusy(error)) retryBusy(read, { path, busyTimeoutMs, signal }).then(resolve, reject)
          else reject(mapSqliteError(error, path))
        }
      })
    })
  }

  /** Afterwards nothing waits any more. */
  flush(): void {
    const pending = this.#pending
    this.#pending = []
    // One by itself is read without a transaction.
    if (pending.length < 2) return pending[0]?.()
    try {
      this.#target.readTogether(() => {
        for (const answer of pending) answer()
      })
    } catch {
      // Each meets what is wrong by itself; those that are answered stay so.
      for (const answer of pending) answer()
    }
  }

  #schedule(): void {
    setImmediate(() => this.flush())
    // Right behind it: what is computed from the answers is written in the same turn.
    this.#target.expectWrites()
  }
}
