import type { ComposeBase, Computed, LifetimeChange, OnConflict } from '../commit/pending-commit.ts'

/** How `update` behaves when others change the scope at the same time. */
export interface UpdateOptions {
  /** `rerun` (default): the recipe runs again on the winner's state. `merge`: its first result is merged. `fail`: ConflictError. */
  readonly onConflict?: OnConflict
  /** How often it may be computed and sent; default 32. Repeats of the same bytes while an answer is missing are bounded by time. */
  readonly attempts?: number
  /** Aborting gives the update up when it has not been sent; what was sent is followed to its end. */
  readonly signal?: AbortSignal
}

/** The names of the options of `update` and of a draft's `commit`. */
export const commitOptions: ReadonlySet<string> = new Set(['onConflict', 'attempts', 'signal'])

/** Something to commit, as a handle hands it to its scope. */
export interface CommitIntent {
  /** Names the request that it was made in, where there is one. */
  readonly request?: string | undefined
  readonly attempts?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly lifetime?: LifetimeChange | undefined
  readonly compute: (on: ComposeBase) => Computed | undefined
}
