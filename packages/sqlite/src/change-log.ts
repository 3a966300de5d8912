import type { Database, Statement } from './driver.ts'

/** What a row of `changes` says of its key. */
export const changeKinds = {
  /** The document was inserted, appended to or replaced. */
  document: 0,
  /** It was removed by its owner. */
  deleted: 1,
  /** It was removed by the store after its deadline. */
  expired: 2,
  /** No document: here a branch begins (rule 10). Its key is empty. */
  branch: 3,
} as const

/** One of the codes of `changeKinds`. */
export type ChangeKind = (typeof changeKinds)[keyof typeof changeKinds]

/** How many commits pass between two cuts of the log, and how many rows one cut takes at most: more than were added. */
const cutEvery = 512
const cutAtMost = 2048

/**
 * The `changes` table, which is also the sequence that tokens come from. Its methods belong inside a write transaction:
 * `begin` first, then `add` for each change.
 */
export class ChangeLog {
  readonly #kept: number
  readonly #newest: Statement<{ seq: number | null }>
  readonly #oldest: Statement<{ seq: number | null }>
  readonly #insert: Statement<unknown>
  readonly #delete: Statement<unknown>
  #seq = 0

  constructor(database: Database, kept: number) {
    this.#kept = kept
    this.#newest = database.prepare('SELECT max(seq) AS seq FROM changes')
    this.#oldest = database.prepare('SELECT min(seq) AS seq FROM changes')
    this.#insert = database.prepare('INSERT INTO changes(seq, key, kind) VALUES(?, ?, ?)')
    this.#delete = database.prepare('DELETE FROM changes WHERE seq < ?')
  }

  /** The sequence number of the newest change of all processes. */
  newest(): number {
    return this.#newest.get()?.seq ?? 0
  }

  /** The sequence number of the oldest change that is still there. */
  oldest(): number {
    return this.#oldest.get()?.seq ?? 0
  }

  /** The sequence number of the newest change that this process made or knew of in its last transaction. */
  get latestOwn(): number {
    return this.#seq
  }

  /** The number that the next change of this transaction gets. */
  begin(): number {
    this.#seq = this.newest()
    return this.#seq + 1
  }

  /** Afterwards the change is in the log under the number that `begin` or the last `add` gave; the answer is the next. */
  add(key: string, kind: ChangeKind): number {
    this.#seq += 1
    this.#insert.run(this.#seq, key, kind)
    if (this.#seq % cutEvery === 0) this.#cut()
    return this.#seq + 1
  }

  /** Afterwards the log goes on at `seq`, with a row that belongs to no document. */
  startAt(seq: number): void {
    this.#insert.run(seq, '', changeKinds.branch)
    this.#seq = seq
  }

  /** The numbers are without gaps but for the starts of branches, so that a difference of numbers counts rows. */
  #cut(): void {
    const keepFrom = this.#seq - this.#kept + 1
    const oldest = this.oldest()
    if (oldest < keepFrom) this.#delete.run(Math.min(keepFrom, oldest + cutAtMost))
  }
}
