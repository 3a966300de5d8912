import type { Database, Statement } from './driver.ts'

/** COMMIT failed and the transaction was rolled back; after an I/O error its frames may still be found in the WAL. */
export class CommitFailure extends Error {
  constructor(cause: unknown) {
    super('COMMIT failed', { cause })
    this.name = 'CommitFailure'
  }
}

/** The transactions of one connection. Each is begun and ended within one synchronous call, never across an `await`. */
export class Transactions {
  readonly #database: Database
  readonly #beginWrite: Statement<unknown>
  readonly #beginRead: Statement<unknown>
  readonly #commit: Statement<unknown>

  constructor(database: Database) {
    this.#database = database
    // Never a deferred transaction for writing: a read that turns into a write can get an errcode 5 that no waiting
    // cures (rule 5).
    this.#beginWrite = database.prepare('BEGIN IMMEDIATE')
    this.#beginRead = database.prepare('BEGIN')
    this.#commit = database.prepare('COMMIT')
  }

  /** Afterwards what `work` did is visible to every process. Throws `CommitFailure` when only the end failed. */
  write<T>(work: () => T): T {
    this.#beginWrite.run()
    return this.#finish(work)
  }

  /** What `work` reads is one state of the store. */
  read<T>(work: () => T): T {
    this.#beginRead.run()
    return this.#finish(work)
  }

  #finish<T>(work: () => T): T {
    let result: T
    try {
      result = work()
    } catch (error) {
      this.#rollback()
      throw error
    }
    try {
      this.#commit.run()
      return result
    } catch (error) {
      this.#rollback()
      throw new CommitFailure(error)
    }
  }

  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // Some errors, such as a full disk, have rolled back already: then there is nothing left to roll back.
    }
  }
}
