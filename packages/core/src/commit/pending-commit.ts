import type { State } from '../value/plain-data.ts'
import type { ShownCommit, ShownDocument } from '../definition/shown-document.ts'
import type { CommitId, Origin, OwnLifetime } from '../document/scope-document.ts'
import type { CallerContext } from '../diagnostics.ts'
import type { Recorded } from '../draft/record.ts'
import type { MergeConflict } from '../merge/conflict.ts'
import type { HeldFence } from './held-fence.ts'
import type { LifeBinding } from './commit-target.ts'

/** What a handle is told about a commit that is done. */
export interface Committed {
  /** The version that the commit made; where nothing was written, the one that was current. */
  readonly version: number
  /** The id of the commit; undefined where nothing changed, so that nothing was written. */
  readonly commitId: CommitId | undefined
  /** How many requests it took. */
  readonly attempts: number
  /** The changes were merged into what others had committed meanwhile, even if nothing of them was left to write. */
  readonly merged: boolean
}

/** What becomes of a commit when somebody else was faster. */
export type OnConflict =
  /** The recipe runs again on the winner's state (default of `update`). */
  | 'rerun'
  /** What the first run recorded is merged into it (default of a draft). */
  | 'merge'
  /** `ConflictError` at once. */
  | 'fail'

/** The state that a commit is computed on, in the shape of this process. */
export interface ComposeBase {
  readonly state: State
  /** Of `state`; 0 while nothing is stored. */
  readonly version: number
  /** The commit that made `state`; undefined while nothing is stored. */
  readonly commitId: CommitId | undefined
  /** The document that the request will be sent on; undefined while the scope is being created. */
  readonly document: ShownDocument | undefined
  /** Commits of the same request before this one. */
  readonly preceding: readonly ShownCommit[]
}

/** A commit computed on a state. */
export interface Computed {
  /** Undefined when the merge has left nothing to write: what others committed stands as it is. */
  readonly recorded: Recorded | undefined
  /** The version at which the draft began. */
  readonly baseVersion: number
  readonly isMerged: boolean
  readonly conflicts: readonly MergeConflict[]
}

/** A scope gets a lifetime of its own, or with undefined that of its kind again. */
export interface LifetimeChange {
  readonly own: OwnLifetime | undefined
}

/** A commit that waits to be written, or is being written. */
export interface PendingCommit {
  readonly binding: LifeBinding
  readonly origin: Origin
  readonly signal: AbortSignal | undefined
  /** Of the scope from this commit on, whether or not anything else changes; undefined: as it was. */
  readonly lifetime: LifetimeChange | undefined
  /** The most requests to be sent for it. */
  readonly maxAttempts: number
  /** Of the locks that it is made under; undefined: under none. */
  readonly fences?: readonly HeldFence[] | undefined
  /** Who has asked for it; undefined: nobody wants to know. */
  readonly caller?: CallerContext | undefined
  /** Undefined when there is nothing to change. Throws what the caller is to be told; the other commits go on. */
  compute(base: ComposeBase): Computed | undefined
  /**
   * Told once, when it is known to be stored, or that there was nothing to store.
   * @param bytes of its frame; 0: nothing was stored
   */
  resolve(committed: Committed, conflicts: readonly MergeConflict[], bytes: number): void
  /** Told once, when it is given up. */
  reject(error: unknown): void
}
