import type { FeedMessage, FeedOptions } from '@scopes/core'

import { type ChangeKind, type ChangeLog, changeKinds } from './change-log.ts'
import type { Database, Statement } from './driver.ts'
import { type FeedPosition, encodeFeedToken } from './feed-token.ts'
import { tokenOf } from './mutation.ts'
import type { StoreIdentity } from './store-identity.ts'
import type { Transactions } from './transaction.ts'

/** One pull: what comes next and where the reader stands after it. */
export interface FeedChunk {
  readonly messages: readonly FeedMessage[]
  readonly position: FeedPosition
  /** Everything that was stored at the moment of the pull has been delivered when `messages` have been. */
  readonly isComplete: boolean
}

/** What a reader wants to see. */
export type FeedFilter = Pick<FeedOptions, 'kinds' | 'keysOnly'> & {
  /** Documents past this unix time in seconds are left out: their removal is still to come. */
  readonly now: number
}

/** A pull holds at most so many rows of the log, as many of the documents, and so many bytes (or one document). */
const rowsAtMost = 256
const bytesAtMost = 1024 * 1024

interface LogRow {
  readonly seq: number
  readonly key: string
  readonly kind: ChangeKind
  readonly token: number | null
  readonly deadline: number | null
  readonly size: number | null
}

interface ScanRow {
  readonly id: number
  readonly key: string
  readonly token: number
  readonly deadline: number | null
  readonly size: number
}

/**
 * The log as a reader of the feed pulls it: in bounded chunks, each from one state of the store, with nothing held open
 * in between. A row whose document has changed since is left out for the later row, so that what is delivered is in the
 * order of tokens, and a hot document costs a slow reader one message and not thousands.
 */
export class FeedLog {
  readonly #log: ChangeLog
  readonly #identity: StoreIdentity
  readonly #transactions: Transactions
  readonly #changes: Statement<LogRow>
  readonly #documents: Statement<ScanRow>
  readonly #bytes: Statement<{ bytes: Uint8Array }>

  constructor(database: Database, log: ChangeLog, identity: StoreIdentity, transactions: Transactions) {
    this.#log = log
    this.#identity = identity
    this.#transactions = transactions
    this.#changes = database.prepare(
      `SELECT c.seq, c.key, c.kind, d.token, d.deadline, length(d.bytes) AS size
       FROM changes c LEFT JOIN docs d ON d.key = c.key WHERE c.seq > ? ORDER BY c.seq LIMIT ${rowsAtMost}`,
    )
    this.#documents = database.prepare(
      `SELECT id, key, token, deadline, length(bytes) AS size FROM docs WHERE id > ? ORDER BY id LIMIT ${rowsAtMost}`,
    )
    this.#bytes = database.prepare('SELECT bytes FROM docs WHERE key = ?')
  }

  /** The end of the log now. */
  end(): FeedPosition {
    return this.#transactions.read(() => ({ ...this.#identity.mark(), scan: undefined }))
  }

  /** Before the first document. */
  beginning(): FeedPosition {
    return this.#transactions.read(() => this.#allDocuments())
  }

  /** The next chunk after `position`. */
  pull(position: FeedPosition, filter: FeedFilter): FeedChunk {
    return this.#transactions.read(() => {
      const { branch, seq: newest } = this.#identity.mark()
      // A foreign position, or one that this history has not reached: what was seen may have been taken back.
      if (position.branch !== branch || position.seq > newest) return this.#restart('rolled-back')
      if (position.seq < this.#log.oldest() - 1) return this.#restart('lost')
      return new Pull(position, filter, key => this.#bytes.get(key)?.bytes).run(
        this.#changes.all(position.seq),
        position.scan ? this.#documents.all(position.scan.afterId) : [],
        newest,
      )
    })
  }

  #restart(type: 'rolled-back' | 'lost'): FeedChunk {
    const position = this.#allDocuments()
    const message: FeedMessage = { type, partition: 0, feedToken: encodeFeedToken(position) }
    return { messages: [message], position, isComplete: false }
  }

  #allDocuments(): FeedPosition {
    const { branch, seq } = this.#identity.mark()
    return { branch, seq, scan: { afterId: 0, untilSeq: seq } }
  }
}

/** One pull under way. */
class Pull {
  readonly #filter: FeedFilter
  readonly #bytesOf: (key: string) => Uint8Array | undefined
  readonly #messages: FeedMessage[] = []
  #position: FeedPosition
  #bytes = 0

  constructor(position: FeedPosition, filter: FeedFilter, bytesOf: (key: string) => Uint8Array | undefined) {
    this.#position = position
    this.#filter = filter
    this.#bytesOf = bytesOf
  }

  /** The log to its end comes first: during a scan the reader must not fall behind what the store keeps of it. */
  run(changes: readonly LogRow[], documents: readonly ScanRow[], newest: number): FeedChunk {
    for (const row of changes) {
      if (this.#isFull()) break
      const { branch, scan } = this.#position
      this.#position = { branch, seq: row.seq, scan }
      this.#addChange(row)
    }
    const isAtEnd = this.#position.seq === newest
    if (isAtEnd) this.#scan(documents)
    const isComplete = isAtEnd && this.#position.scan === undefined
    return { messages: this.#messages, position: this.#position, isComplete }
  }

  #scan(documents: readonly ScanRow[]): void {
    const { branch, seq, scan } = this.#position
    if (scan === undefined) return
    for (const { id, key, token, deadline, size } of documents) {
      if (this.#isFull()) return
      this.#position = { branch, seq, scan: { afterId: id, untilSeq: scan.untilSeq } }
      if (token <= scan.untilSeq && !this.#isExpired(deadline)) this.#addDocument(key, token, size)
    }
    if (documents.length < rowsAtMost) this.#position = { ...this.#position, scan: undefined }
  }

  #addChange({ seq, key, kind, token, deadline, size }: LogRow): void {
    switch (kind) {
      case changeKinds.document:
        if (token === seq && size !== null && !this.#isExpired(deadline)) this.#addDocument(key, token, size)
        return
      case changeKinds.deleted:
      case changeKinds.expired:
        if (token !== null || !this.#wants(key)) return
        this.#messages.push({
          type: 'removed',
          key,
          token: tokenOf(seq),
          reason: kind === changeKinds.deleted ? 'deleted' : 'expired',
          partition: 0,
          feedToken: encodeFeedToken(this.#position),
        })
        return
      case changeKinds.branch:
        return
      default:
        return kind satisfies never
    }
  }

  #addDocument(key: string, token: number, size: number): void {
    if (!this.#wants(key)) return
    const { keysOnly = false } = this.#filter
    const bytes = keysOnly ? undefined : this.#bytesOf(key)
    if (!keysOnly) this.#bytes += size
    this.#messages.push({
      type: 'document',
      key,
      bytes,
      token: tokenOf(token),
      partition: 0,
      feedToken: encodeFeedToken(this.#position),
    })
  }

  #isFull(): boolean {
    return this.#bytes >= bytesAtMost
  }

  #isExpired(deadline: number | null): boolean {
    return deadline !== null && deadline <= this.#filter.now
  }

  #wants(key: string): boolean {
    const { kinds } = this.#filter
    return kinds === undefined || kinds.includes(key.slice(0, key.indexOf(':')))
  }
}
