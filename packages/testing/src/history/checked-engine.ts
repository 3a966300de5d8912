import type { FeedToken, KnownPosition, OnConflict, ScopeDefinition, ScopeKey } from '@scopes/core'
import type { Ledger, LedgerView } from './ledger.ts'

// What a recorder needs of an engine. The scopes of @scopes/core are one; a broken engine puts a flaw over them.

/** Something to subscribe to, such as an Observable. */
export interface Watchable<T> {
  subscribe(observer: {
    readonly next: (value: T) => void
    readonly error: (error: unknown) => void
    readonly complete: () => void
  }): { unsubscribe(): void }
}

/** What is told about a scope: a `ScopeChange` is one. */
export interface CheckedChange {
  readonly type: 'created' | 'updated' | 'touched' | 'reset' | 'ended'
  readonly key: ScopeKey
  readonly life: string
  readonly version: number
  readonly commitId: string
  readonly value: unknown
  readonly reason?: string | undefined
  readonly feedToken: FeedToken | undefined
}

/** What is told about a partition of the feed: a `PartitionChange` is one. */
export interface CheckedPartition {
  readonly type: 'rolled-back' | 'lost' | 'caught-up'
  readonly feedToken: FeedToken | undefined
}

/** How a write is to be tried. */
export interface WriteOptions {
  readonly onConflict?: OnConflict
  readonly attempts?: number
  readonly signal?: AbortSignal
}

/** What a write resolves to. */
export interface CheckedCommit {
  readonly version: number
  readonly commitId: string | undefined
}

/** Changes that are committed together. */
export interface CheckedDraft {
  readonly value: Ledger
  commit(
    options?: Omit<WriteOptions, 'onConflict'> & { readonly onConflict?: 'merge' | 'fail' },
  ): Promise<CheckedCommit>
}

/** A handle of a scope that holds a ledger. */
export interface CheckedScope {
  readonly key: ScopeKey
  readonly life: string | undefined
  readonly version: number
  readonly isStored: boolean
  readonly value: LedgerView
  readonly value$: Watchable<LedgerView>
  readonly changes$: Watchable<CheckedChange>
  update(recipe: (draft: Ledger) => void, options?: WriteOptions): Promise<CheckedCommit>
  draft(): CheckedDraft
  touch(): Promise<boolean>
  end(detail?: string): Promise<void>
  rotate(): Promise<CheckedScope>
}

/** Which changes are told. */
interface CheckedChangesOptions {
  readonly since?: FeedToken | 'now' | 'beginning'
  readonly known?: (key: ScopeKey) => KnownPosition | undefined
}

/** A lock that is asked for. */
export interface CheckedLockOptions {
  readonly name: string
  readonly type: 'exclusive' | 'readonly'
  readonly leaseMs: number
  readonly timeoutMs: number
}

/** An end, as a handler is told of it: an `EndedScope` is one. */
export interface CheckedEnd {
  readonly key: ScopeKey
  readonly life: string
  readonly version: number
  readonly reason: string
  readonly detail: string | undefined
  readonly deliveryId: string
  readonly value: LedgerView
  readonly signal: AbortSignal
}

/** The scopes of one process. */
export interface CheckedScopes {
  open(definition: ScopeDefinition<Ledger>, id: string): Promise<CheckedScope>
  changes(options?: CheckedChangesOptions): Watchable<CheckedChange | CheckedPartition>
  lock<T>(options: CheckedLockOptions, body: (lock: { readonly fencingToken: bigint }) => Promise<T>): Promise<T>
  onEnd(definition: ScopeDefinition<Ledger>, handler: (ended: CheckedEnd) => unknown): () => void
  close(): Promise<void>
}
