import { statSync } from 'node:fs'

import { diagnostics } from './diagnostics.ts'
import type { Database } from './driver.ts'

/** How many transactions pass between two looks at the WAL, and how big it may be then. */
const lookEvery = 640
const walBytesAtMost = 32 * 1024 * 1024

/**
 * Bounds the WAL. SQLite's own checkpoint never gets to reset the file while several processes write without a pause
 * (715 MB in 4 s), so the committer now and then asks for the one that does (rule 7).
 */
export class WalBound {
  readonly #database: Database
  readonly #path: string
  #count = 0

  constructor(database: Database, path: string) {
    this.#database = database
    this.#path = path
  }

  /** To be called after each transaction. Costs at most 32 ms, in 1 of 640. Does not throw: the commit stands. */
  afterCommit(): void {
    this.#count += 1
    if (this.#count % lookEvery !== 0) return
    const size = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    if (size > walBytesAtMost) this.truncate(size)
  }

  /** Afterwards the WAL is empty, unless another process is using it or the disk is full: then it keeps what it holds. */
  truncate(walBytes?: number): void {
    const path = this.#path
    try {
      const row = this.#database.prepare<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)').get()
      diagnostics.checkpoint.publish({ path, walBytes, isComplete: row?.busy === 0 })
    } catch (error) {
      diagnostics.backgroundFailed.publish({ path, what: 'checkpoint', error })
    }
  }
}
