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

/** Keys of locks and leases: a process that does nothing else writes them for ever. */
const lockKeys = { from: 'lock:', to: 'lock;' }

interface LockRow {
  readonly seq: number
  readonly key: string
  readonly kind: ChangeKind
  /** That of the document now; null: there is none. */
  readonly token: number | null
}

/**
 * The `changes` table, which is also the sequence that tokens come from. Its methods belong inside a write transaction:
 * `begin` first, then `add` for each change.
 */
export class ChangeLog {
  readonly #kept: number
  readonly #newest: Statement<{ seq: number | null }>
  readonly #oldest: Statement<{ seq: number | null }>
  readonly #insert: Statement<unknown>
  readonly #count: Statement<{ rows: number }>
  readonly #oldestBut: Statement<{ seq: number }>
  readonly #deleteUpTo: Statement<unknown>
  readonly #delete: Statement<unknown>
  readonly #locks: Statement<LockRow>
  #seq = 0

  constructor(database: Database, kept: number) {
    this.#kept = kept
    this.#newest = database.prepare('SELECT max(seq) AS seq FROM changes')
    this.#oldest = database.prepare('SELECT min(seq) AS seq FROM changes')
    this.#insert = database.prepare('INSERT INTO changes(seq, key, kind) VALUES(?, ?, ?)')
    this.#count = database.prepare('SELECT count(*) AS rows FROM changes')
    this.#oldestBut = database.prepare('SELECT seq FROM changes ORDER BY seq LIMIT 1 OFFSET ?')
    this.#deleteUpTo = database.prepare('DELETE FROM changes WHERE seq <= ?')
    this.#delete = database.prepare('DELETE FROM changes WHERE seq = ?')
    this.#locks = database.prepare(
      `SELECT c.seq, c.key, c.kind, d.token FROM changes c LEFT JOIN docs d ON d.key = c.key
       WHERE c.seq > ? AND c.seq <= ? AND c.key >= '${lockKeys.from}' AND c.key < '${lockKeys.to}' ORDER BY c.seq DESC`,
    )
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

  #cut(): void {
    this.#fold(this.#seq - 2 * cutEvery, this.#seq - cutEvery)
    // There are no more rows than numbers.
    if (this.#seq - this.oldest() < this.#kept) return
    const surplus = (this.#count.get()?.rows ?? 0) - this.#kept
    if (surplus <= 0) return
    const last = this.#oldestBut.get(Math.min(surplus, cutAtMost) - 1)?.seq
    if (last !== undefined) this.#deleteUpTo.run(last)
  }

  /**
   * Afterwards the log says of each lock only what is still true, in this part of it: who has not read the rest gets a later row
   * of the same key. Else the leases of an idle night would push out what happened to scopes in the evening.
   */
  #fold(after: number, upTo: number): void {
    const removed = new Set<string>()
    for (const { seq, key, kind, token } of this.#locks.all(after, upTo)) {
      const isNewest = kind === changeKinds.document ? token === seq : token === null && !removed.has(key)
      if (!isNewest) this.#delete.run(seq)
      if (kind !== changeKinds.document) removed.add(key)
    }
  }
}
