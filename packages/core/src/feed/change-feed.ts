import type { StoreToken } from '../document/stored-document.ts'

/** Where a reader of a feed stands: opaque, serialisable, and bound to the store (and branch) that it came from. */
export type FeedToken = string & { readonly FeedToken: unique symbol }

/** What every message carries. */
interface FeedMessageCommon {
  /** The unit of order: a Couchbase vbucket; 0 where a store has one order. */
  readonly partition: number
  /** Where to resume after this message took effect. It never covers a later one. */
  readonly feedToken: FeedToken
}

/** One message of a feed. Per partition in order, at least once; versions of a key may be skipped, never the newest. */
export type FeedMessage = FeedMessageCommon &
  (
    | {
        readonly type: 'document'
        readonly key: string
        /** The whole document, or undefined when the feed was opened with `keysOnly`. */
        readonly bytes: Uint8Array | undefined
        readonly token: StoreToken
      }
    | {
        readonly type: 'removed'
        readonly key: string
        /** The token of the removal. */
        readonly token: StoreToken
        readonly reason: 'deleted' | 'expired'
      }
    | {
        /** Everything that was stored at `asOf` has been delivered. First after the backlog, then after each probe. */
        readonly type: 'caught-up'
        /** When the proving question was sent: milliseconds of this process's `performance.now()`. */
        readonly asOf: number
      }
    | {
        /** The partition has a new branch: what was seen may have been taken back. Known keys must be read again. */
        readonly type: 'rolled-back'
      }
    | {
        /** The log no longer reaches back to the position: all current documents follow, then `caught-up`. */
        readonly type: 'lost'
      }
  )

/** A message about one document. */
export type KeyMessage = Extract<FeedMessage, { readonly type: 'document' | 'removed' }>

/** What a feed brings: the changes of every document, or only of those that its reader holds. */
export type FeedCoverage = 'all' | 'held'

/** What a reader of a feed holds: what a feed that covers no more than that follows. */
export interface HeldKeys {
  /** The keys of the documents that are held now, each once. */
  keys(): Iterable<string>
  /** The token of the newest that the reader knows of the document by other ways than the feed; undefined: nothing. */
  tokenOf(key: string): StoreToken | undefined
}

/** Options of `ChangeFeed.open`. */
export interface FeedOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined
  /** From where: a token of this store, `now` (default) or `beginning` (all current documents first). */
  readonly since?: FeedToken | 'now' | 'beginning' | undefined
  /** Only documents of these kinds (the part of the key before the first colon). Absent: all. */
  readonly kinds?: readonly string[] | undefined
  /** Messages name the document but do not bring its bytes. */
  readonly keysOnly?: boolean | undefined
  /** What the reader holds, looked at again and again. Absent: nothing. Only a feed that covers no more asks for it. */
  readonly held?: HeldKeys | undefined
}

/**
 * The changes of a store, pulled. Iteration is the back-pressure: nothing is read ahead beyond a bounded buffer.
 * Opening from `now` yields a `caught-up` first, so that even an idle store hands out a token at once.
 *
 * A token that this store did not hand out (another store, a rebuilt or restored one) is answered by `rolled-back`, or
 * iteration rejects with `InvalidArgumentError` when it is no token at all; never by silence. Iteration rejects with
 * `StoreUnavailableError` when the source fails, and ends when `signal` aborts or the store closes.
 *
 * A feed of `coverage` `held` keeps these promises for the documents that are held, each by itself: they are in no order among
 * each other, one that becomes held is told as it is then, and a removal has a token between that of the document and
 * that of a later one. Of other documents it knows nothing, so nobody may take its silence for theirs.
 */
export interface ChangeFeed {
  /**
   * How many partitions there are: messages name them by 0 up to one less. Each says `caught-up` by itself, so only whoever
   * knows their number knows when all have. 0 while it is not known, which it is from the first message of an iteration on.
   */
  readonly partitions: number

  /** Which documents it brings; where it depends on what the store allows, known when the first message has come. */
  readonly coverage: FeedCoverage

  open(options?: FeedOptions): AsyncIterable<FeedMessage>

  /** Afterwards every open iteration will yield a `caught-up` whose `asOf` is no earlier than this call. */
  probe(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}
