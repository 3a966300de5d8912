import type { IndexValues } from '../definition/indexes.ts'
import type { Life } from '../document/scope-document.ts'
import type { ScopeKey } from '../document/scope-key.ts'

/** A scope that is about to have a value, or has it. */
export interface IndexClaim {
  readonly key: ScopeKey
  readonly life: Life
  /** Of the commit that brings the value. */
  readonly version: number
  /** The life that a rotation copied. */
  readonly from?: Life | undefined
  /** When the scope must have ended, unix seconds, the grace of the store included; 0: it may live for ever. */
  readonly until: number
}

/** Keeps the indexes: what commits, ends and rotations ask of them (lease protocol §6). */
export interface Indexing {
  /**
   * Afterwards the index of each value names the scope. With `mustBeThere` it named it before: `taken-out` says that it was
   * taken out meanwhile, as `endAll` does, and is not named again.
   * Rejects with StoreUnavailableError or UnreadableDocumentError; the scope may be named then.
   */
  enter(values: IndexValues, claim: IndexClaim, mustBeThere: boolean): Promise<'entered' | 'taken-out'>

  /**
   * Afterwards the index of each value no longer names that life, unless it was entered for `version` or a later one; without
   * `version` in any case. Rejects as `enter` does.
   */
  leave(values: IndexValues, claim: Pick<IndexClaim, 'key' | 'life'> & { readonly version?: number }): Promise<void>
}
