import type { DocumentStore, FeedCoverage, StoreCapabilities } from '@scopes/core'

/** The clock of a store under test. A `ManualClock` is one. */
export interface TestClock {
  /** What the store takes for the wall clock: milliseconds since 1970. */
  now(): number
  /** What the store takes for the monotonic clock, in milliseconds. Absent: `performance.now()`. */
  monotonic?(): number
  /** Afterwards the store's clock is `ms` later, from one moment to the next, and who was due has been woken. */
  jump(ms: number): Promise<void>
}

/** One place where documents are kept: a directory, a bucket, a piece of memory. Each clause gets one of its own. */
export interface StoreUnderTest {
  /**
   * A store on this place. Called again only if the store declares `isPersistent` (after the first was closed) or
   * `isShared` (while the first is open), and then the new store has the same documents.
   */
  open(): Promise<DocumentStore>

  /** The clock by which the store judges `expiresAt`. A store that declares `expires` must be given one. */
  readonly clock?: TestClock | undefined

  /** Afterwards the feed's log reaches back to none of the tokens handed out before. Needed where it is declared. */
  readonly truncateLog?: (() => Promise<void>) | undefined

  /** Afterwards nothing of the place is left. The stores that the clause opened have been closed before. */
  teardown(): Promise<void>
}

/** What a contract run is told of a store; a clause is run if it applies to this. */
export interface StoreDeclaration {
  /** Must be what the store itself declares: a clause compares them. */
  readonly capabilities: StoreCapabilities
  /** In how many partitions the feed delivers. */
  readonly partitions: number
  /**
   * The feed's log is bounded: a reader that is too far behind is told `lost`. For a run of the contract it must reach
   * back at least 200 changes, so that what comes before a truncation can be seen without one.
   */
  readonly isLogBounded: boolean
  /** What the feed covers: one that follows only what is held promises less of the rest. */
  readonly coverage: FeedCoverage
}
