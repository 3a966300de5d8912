import type { ScopeDocument } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'

/** A scope as this process last knew it to be stored. */
export interface ScopeCopy {
  readonly document: ScopeDocument
  readonly token: StoreToken
}

/** In-memory copies by document key. It may forget any of them at any time: the store has them all. */
export interface ScopeCache {
  /** The copy last set, or undefined when it was never set or has been forgotten. */
  get(key: string): ScopeCopy | undefined

  /** Afterwards `get` answers with this copy, or with nothing. */
  set(key: string, copy: ScopeCopy): void

  /** Afterwards `get` answers with nothing. */
  delete(key: string): void

  /** Afterwards nothing is held. */
  clear(): void
}
