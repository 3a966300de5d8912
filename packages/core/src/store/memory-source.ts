import type { Clock } from '../clock.ts'
import type { FeedToken } from '../feed/change-feed.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { StoredDocument } from '../document/stored-document.ts'
import type { MemoryLog } from './memory-log.ts'

/** What the feed of a memory store needs of the store. */
export interface MemorySource {
  /** Random; names this store in feed tokens. */
  readonly id: string
  readonly clock: Clock
  readonly log: MemoryLog
  /** How often the store was closed: readings begun before a closing have ended. */
  readonly closings: number

  /** @throws StoreUnavailableError when the store is closed. */
  check(): void

  /** Afterwards what has expired is gone, and in the log. */
  sweep(): void

  /** The document as it is now. */
  current(key: string): StoredDocument | undefined

  /** The token of the document as it is now. Costs less than `current`. */
  tokenIn(key: string): StoreToken | undefined

  /** The keys of all documents that were inserted by the changes up to `number`; may be read while they change. */
  keysUntil(number: number): Iterator<string, void, undefined>

  /** The store token of the change with this number. */
  tokenOf(number: number): StoreToken

  /** The feed token of a reader that has seen the changes up to `number`. */
  feedTokenOf(number: number): FeedToken
}
