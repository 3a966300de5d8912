/** The operations of a store that carry a key. */
export type StoreOperation = 'load' | 'insert' | 'append' | 'replace' | 'remove'

/** What can go wrong with a request. Of a load, which changes nothing, every loss is a failure. */
export const storeFaults = [
  /** The request arrives later. */
  'delay',
  /** The request is executed at once, its answer arrives later; so a feed may be faster. */
  'delay-answer',
  /** The request is not executed and never will be, and the caller is told so: outcome none. */
  'fail',
  /** The request is lost on its way: never executed, outcome unknown. */
  'lose-before',
  /** The request is executed, its answer is lost: outcome unknown. */
  'lose-after',
  /** The caller is told that the outcome is unknown; the request is executed later all the same. */
  'late',
  /** The request is executed and answered, and executed once more later; that answer is for nobody. */
  'duplicate',
] as const

/** One of them. */
export type StoreFault = (typeof storeFaults)[number]

/** What can go wrong with a message of a feed. A reader must stand all but the last two, which break the port. */
export const feedFaults = [
  /** The message comes twice in a row: at least once is what the port says. */
  'duplicate',
  /** The message changes places with the next if that is of another key; their tokens stay honest. */
  'swap-keys',
  /** The iteration rejects as unavailable instead, as when the source fails. */
  'fail',
  /**
   * In place of the message `rolled-back` comes: the partitions have a new branch, on which nothing is lost; the feed goes on a
   * few messages earlier.
   */
  'roll-back',
  /** In place of the message `lost` comes, and then all documents: what was removed meanwhile is not told. */
  'gap',
  /** The message does not come. */
  'drop',
  /** The version before comes after the message, as if it were newer. */
  'older-again',
] as const

/** One of them. */
export type FeedFault = (typeof feedFaults)[number]

/** One fault that is to happen to the next request that fits. */
export interface ScriptedFault {
  readonly fault: StoreFault
  /** Absent: any. */
  readonly operation?: StoreOperation | undefined
  /** Absent: any. */
  readonly key?: string | undefined
  /** How long a delay is. Default 10. */
  readonly delayMs?: number | undefined
  /** After how many further operations a late or second execution comes. Absent: not before `land()`. */
  readonly afterOperations?: number | undefined
}

/** One fault that is to happen to the next message about a document that fits. */
export interface ScriptedFeedFault {
  readonly fault: FeedFault
  /** Absent: any. */
  readonly key?: string | undefined
}

/** A fault that did happen. */
export interface InjectedFault {
  readonly fault: StoreFault | FeedFault
  readonly operation: StoreOperation | 'message'
  readonly key: string
}
