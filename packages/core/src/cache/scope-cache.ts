import type { ScopeDocument } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { Replication } from './replication.ts'

/** A scope as this process last knew it to be stored. */
export interface ScopeCopy {
  readonly document: ScopeDocument
  readonly token: StoreToken
  /** The document as it is stored, where that is at hand; a cache may keep it in place of the decoded one. */
  readonly bytes?: Uint8Array | undefined
  /** The partition of the feed that the scope belongs to, where a message has told. */
  readonly partition?: number | undefined
}

/** In-memory copies by document key. It may forget any of them at any time: the store has them all. */
export interface ScopeCache {
  /** The copy last set, or undefined when it was never set or has been forgotten. */
  get(key: string): ScopeCopy | undefined

  /** Afterwards `get` answers with this copy, or with nothing. */
  set(key: string, copy: ScopeCopy): void

  /** Afterwards `get` answers with nothing. `token`: of the newest that was seen of the scope; what is older is no news. */
  delete(key: string, token: StoreToken): void

  /** Afterwards nothing is held, and other scopes may use the cache. */
  clear(): void

  /**
   * What has to be done so that the copies are kept current by the changes feed; undefined: nothing, they are as this
   * process last saw them.
   */
  readonly replication: Replication | undefined
}
