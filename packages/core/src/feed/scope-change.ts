import type { CommitId, Life, Origin } from '../document/scope-document.ts'
import type { Patch } from '../diff/patches.ts'
import type { Operation } from '../draft/operation.ts'
import type { EndReason } from '../errors.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { FeedToken } from './change-feed.ts'

/** Why a subscriber got a whole value instead of a change. */
export type ResetReason =
  /** More versions passed than the document still holds. */
  | 'gap'
  /** The first event of a scope of which nothing was known. */
  | 'first'
  /** The store lost acknowledged commits; versions may go backwards. */
  | 'rolled-back'
  /** Another life took the place of the known one, and not all its commits are at hand. */
  | 'new-life'

interface Common {
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
}

interface LivingChange<S> extends Common {
  /** The value after the change; where nobody else has made it yet, made when first read. */
  readonly value: S
  /** Unix time in seconds at which the scope will end; 0: never. */
  readonly deadline: number
  /** The store's token of the document that told this. */
  readonly token: StoreToken
}

interface CommittedChange<S> extends LivingChange<S> {
  /** What changed, to be applied in sequence to the value before (merge rule 40). Made when first read. */
  readonly patches: readonly Patch[]
  /** What was meant, where ops such as `inc` were called and nothing else changed their places; `patches` has their effect. */
  readonly ops: readonly Operation[]
  readonly baseVersion: number
  /** Wall clock of the writer, milliseconds since 1970. */
  readonly at: number
}

/** Version 1. Its only patch sets the whole value. */
export interface CreatedChange<S> extends CommittedChange<S> {
  readonly type: 'created'
}

/** One commit after the first. */
export interface UpdatedChange<S> extends CommittedChange<S> {
  readonly type: 'updated'
  readonly origin: Origin
}

/** Only the deadline moved, or the document was compacted: no new version. */
export interface TouchedChange<S> extends LivingChange<S> {
  readonly type: 'touched'
}

/** A new start for the subscriber: forget what was known of this scope and take `value`. */
export interface ResetChange<S> extends LivingChange<S> {
  readonly type: 'reset'
  readonly reason: ResetReason
  /** The versions that were not delivered one by one, both included; undefined when none were, or none were known. */
  readonly missed: { readonly from: number; readonly to: number } | undefined
}

/** The scope has ended; nothing follows in this life. Version and commit id are the end's, or the last ones known. */
export interface EndedChange<S> extends Common {
  readonly type: 'ended'
  /** The final state; undefined when it is no longer known. */
  readonly value: S | undefined
  /** Undefined when nobody is left to say: the document was only found gone or replaced. */
  readonly reason: EndReason | undefined
  readonly detail: string | undefined
  /** Undefined when the document was found gone. */
  readonly token: StoreToken | undefined
}

/** What happened to a scope, without saying to which. */
export type FoldedChange<S = unknown> =
  CreatedChange<S> | UpdatedChange<S> | TouchedChange<S> | ResetChange<S> | EndedChange<S>

interface Address {
  readonly key: ScopeKey
  /** Where to resume the feed after this change; undefined when it did not come by the feed. */
  readonly feedToken: FeedToken | undefined
}

/** What happened to one scope. Two changes are the same by effect when life, version and commit id are. */
export type ScopeChange<S = unknown> = FoldedChange<S> & Address

/** What happened to a whole partition of the feed; scopes that only the subscriber knows must be opened again. */
export interface PartitionChange {
  readonly type: 'rolled-back' | 'lost' | 'caught-up'
  readonly partition: number
  readonly feedToken: FeedToken | undefined
}

/** The change, which gets its address: the same object, because a copy of it would make the patches that nobody has read. */
export function toScopeChange<S>(
  key: ScopeKey,
  change: FoldedChange<S>,
  feedToken: FeedToken | undefined,
): ScopeChange<S> {
  return Object.assign(change, { key, feedToken })
}
