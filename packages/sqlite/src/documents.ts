import type { MutationResult, StoredDocument } from '@scopes/core'

import { type ChangeLog, changeKinds } from './change-log.ts'
import type { Database, Statement } from './driver.ts'
import { isStatementOnly } from './map-sqlite-error.ts'
import { type Mutation, type MutationOutcome, seqOf, tokenOf } from './mutation.ts'

/** Documents that one transaction of the expiry takes at most. */
const sweepAtMost = 64

/**
 * The `docs` table. A document past its deadline answers as missing, also before the store has removed it. `now` is in
 * unix seconds. `apply` and `sweep` belong inside a write transaction.
 */
export class Documents {
  readonly #log: ChangeLog
  readonly #load: Statement<{ token: number; bytes: Uint8Array | null }>
  readonly #token: Statement<{ token: number }>
  readonly #insert: Statement<unknown>
  readonly #append: Statement<unknown>
  readonly #replace: Statement<unknown>
  readonly #remove: Statement<unknown>
  readonly #due: Statement<{ key: string }>
  readonly #drop: Statement<unknown>

  constructor(database: Database, log: ChangeLog) {
    this.#log = log
    const isLive = '(deadline IS NULL OR deadline > ?)'
    this.#load = database.prepare(
      `SELECT token, CASE WHEN token = ? THEN NULL ELSE bytes END AS bytes FROM docs WHERE key = ? AND ${isLive}`,
    )
    this.#token = database.prepare(`SELECT token FROM docs WHERE key = ? AND ${isLive}`)
    this.#insert = database.prepare(
      `INSERT INTO docs(token, bytes, deadline, key) VALUES(?, ?, ?, ?) ON CONFLICT(key) DO UPDATE
       SET token = excluded.token, bytes = excluded.bytes, deadline = excluded.deadline WHERE docs.deadline <= ?`,
    )
    // Without the CAST the result of `||` is text, and a blob is cut or broken on reading.
    this.#append = database.prepare(
      `UPDATE docs SET token = ?, bytes = CAST(bytes || ? AS BLOB) WHERE key = ? AND token = ? AND ${isLive}`,
    )
    this.#replace = database.prepare(
      `UPDATE docs SET token = ?, bytes = ?, deadline = ? WHERE key = ? AND token = ? AND ${isLive}`,
    )
    this.#remove = database.prepare(`DELETE FROM docs WHERE key = ? AND token = ? AND ${isLive}`)
    this.#due = database.prepare(`SELECT key FROM docs WHERE deadline <= ? ORDER BY deadline LIMIT ${sweepAtMost}`)
    this.#drop = database.prepare('DELETE FROM docs WHERE key = ? AND deadline <= ?')
  }

  /** The newest committed document of any process, or `known`; a read, by itself or in a transaction, holds up nobody. */
  load<Known extends Pick<StoredDocument, 'token'>>(
    key: string,
    known: Known | undefined,
    now: number,
  ): StoredDocument | Known | undefined {
    const row = this.#load.get(known === undefined ? 0 : seqOf(known.token), key, now)
    if (row === undefined) return undefined
    return row.bytes === null ? known : { bytes: row.bytes, token: tokenOf(row.token) }
  }

  /** Afterwards what is not refused is done and logged. A member that fails by itself leaves the others as they are. */
  apply(mutations: readonly Mutation[], now: number): MutationOutcome[] {
    let seq = this.#log.begin()
    return mutations.map(mutation => {
      try {
        if (!this.#execute(mutation, seq, now)) return { type: 'answered', result: this.#refusal(mutation, now) }
      } catch (error) {
        if (!isStatementOnly(error)) throw error
        return { type: 'failed', error }
      }
      const token = tokenOf(seq)
      seq = this.#log.add(mutation.key, mutation.type === 'remove' ? changeKinds.deleted : changeKinds.document)
      return { type: 'answered', result: { type: 'done', token } }
    })
  }

  /** Whether a document waits for `sweep`. */
  hasDue(now: number): boolean {
    return this.#due.get(now) !== undefined
  }

  /** Afterwards up to 64 documents past their deadline are gone and logged. Answers how many. */
  sweep(now: number): number {
    const due = this.#due.all(now)
    if (due.length > 0) this.#log.begin()
    for (const { key } of due) {
      this.#drop.run(key, now)
      this.#log.add(key, changeKinds.expired)
    }
    return due.length
  }

  /** Whether the mutation was done. The condition is part of the statement: the way of success is one statement. */
  #execute(mutation: Mutation, seq: number, now: number): boolean {
    const { key } = mutation
    switch (mutation.type) {
      case 'insert':
        return hasChanged(this.#insert.run(seq, mutation.bytes, mutation.deadline, key, now))
      case 'append':
        return hasChanged(this.#append.run(seq, mutation.bytes, key, mutation.token, now))
      case 'replace':
        return hasChanged(this.#replace.run(seq, mutation.bytes, mutation.deadline, key, mutation.token, now))
      case 'remove':
        return hasChanged(this.#remove.run(key, mutation.token, now))
      default:
        return mutation satisfies never
    }
  }

  #refusal(mutation: Mutation, now: number): MutationResult {
    if (mutation.type === 'insert') return { type: 'refused', reason: 'exists' }
    return { type: 'refused', reason: this.#token.get(mutation.key, now) === undefined ? 'missing' : 'stale' }
  }
}

function hasChanged({ changes }: { readonly changes: number | bigint }): boolean {
  return Number(changes) > 0
}
