import { channel } from 'node:diagnostics_channel'
import type { CommitId, Life } from './document/scope-document.ts'
import type { ScopeKey } from './document/scope-key.ts'

/** Published on `scopes:commit` for each commit that is known to be stored. */
export interface CommitMessage {
  readonly key: ScopeKey
  readonly version: number
  readonly commitId: CommitId
  readonly attempts: number
  readonly merged: boolean
}

/** Published on `scopes:load` for each answer of the store to a reader. */
export interface LoadMessage {
  readonly documentKey: string
  /** What the store sent: 0 when there was no document, or the one that is known already. */
  readonly bytes: number
}

/** Published on `scopes:rollback` when the store no longer has what it had acknowledged. */
export interface RollbackMessage {
  readonly documentKey: string
  readonly life: Life
  /** The version that is now the newest. */
  readonly version: number
}

/** Published on `scopes:unreadable` for each document that cannot be decoded; it is left as it is. */
export interface UnreadableMessage {
  readonly documentKey: string
  readonly error: unknown
}

/** Published on `scopes:feed` when this process's reading of the changes feed begins, fails or goes on. */
export interface FeedStatusMessage {
  readonly status: 'live' | 'interrupted'
  readonly error: unknown
}

/** Published on `scopes:background-failed` when something that nobody awaits did not succeed. */
export interface BackgroundFailedMessage {
  readonly documentKey: string
  /** `backup`: a commit of a scope with `backup: 'behind'` was not stored. */
  readonly what: 'backup' | 'renewal' | 'reading' | 'ending' | 'delivery' | 'index' | 'reaping'
  readonly error: unknown
}

/** Published on `scopes:reaper`: what this process does about scopes that nobody uses any more. */
export type ReaperMessage =
  /** It ends those of so many partitions of 64, once it has read them. */
  | { readonly application: string; readonly type: 'shares'; readonly partitions: number }
  /** It has read all that is stored; `deadlines`: how many it waits for. */
  | { readonly application: string; readonly type: 'scanned'; readonly deadlines: number }
  /** It ends none: its feed does not bring every document. Another process has to, or they end when they are opened. */
  | { readonly application: string; readonly type: 'not-covered' }

/** Of which lock a message on `scopes:lock` tells. */
interface LockNamed {
  /** Its document key, as in the errors of locks. */
  readonly lock: string
  readonly lockType: 'exclusive' | 'readonly'
}

/** Others, by the names of their processes, and the locks that the caller holds meanwhile, by their keys, outermost first. */
interface LockRivals {
  /** Who held the lock when it was last seen; this process too, where one of its own is ahead. */
  readonly holders: readonly string[]
  readonly held: readonly string[]
}

/**
 * Published on `scopes:lock`: how it goes with each `scopes.lock` of this process. Times are milliseconds. A lock that is taken
 * again in its own body is not told.
 */
export type LockMessage =
  /** It was not free. */
  | (LockNamed & LockRivals & { readonly type: 'waiting' })
  /** The body runs. */
  | (LockNamed & { readonly type: 'granted'; readonly fencingToken: bigint; readonly waitedMs: number })
  /** The body has ended, and what it wrote is settled. After `lost` too. */
  | (LockNamed & { readonly type: 'released'; readonly heldMs: number })
  /** Others may hold it while the body runs: nothing more is written in its name. */
  | (LockNamed & { readonly type: 'lost'; readonly heldMs: number; readonly error: unknown })
  /** It was not free in time. */
  | (LockNamed & LockRivals & { readonly type: 'timed-out'; readonly waitedMs: number })
  /**
   * The time was over while the caller held other locks: if one of the holders waits for one of those, both wait for each other
   * each time. Take them in the same order everywhere.
   */
  | (LockNamed & LockRivals & { readonly type: 'deadlock-suspected' })
  /** The waiting ended otherwise: aborted, the scopes closed, or the store failed. */
  | (LockNamed & { readonly type: 'given-up'; readonly waitedMs: number; readonly error: unknown })

/** Two clocks, by the names of who goes by them: processes, or `store`. */
export interface ClockPair {
  /** Undefined: the document does not say who wrote it. */
  readonly ahead: string | undefined
  readonly behind: string
}

/**
 * Published on `scopes:clock` when clocks are found to be further apart than the second that deadlines allow for: until it is put
 * right, scopes end early or late by as much. Each of the two may be the one that is wrong.
 */
export type ClockMessage =
  /** By so many milliseconds, or more. Told again when it is twice as much. */
  | (ClockPair & { readonly type: 'apart'; readonly byMs: number })
  /** Nothing of the kind has been seen for ten minutes. */
  | (ClockPair & { readonly type: 'agreed' })
  /** This process's wall clock was moved by so many milliseconds, ahead or back; ahead also where the machine has slept. */
  | { readonly type: 'jumped'; readonly name: string; readonly byMs: number }

/** A named channel of `node:diagnostics_channel` with the type of its messages. */
export interface DiagnosticsChannel<Message> {
  readonly name: string
  readonly hasSubscribers: boolean
  publish(message: Message): void
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const diagnostics: {
  readonly commit: DiagnosticsChannel<CommitMessage>
  readonly load: DiagnosticsChannel<LoadMessage>
  readonly rollback: DiagnosticsChannel<RollbackMessage>
  readonly unreadable: DiagnosticsChannel<UnreadableMessage>
  readonly feed: DiagnosticsChannel<FeedStatusMessage>
  readonly backgroundFailed: DiagnosticsChannel<BackgroundFailedMessage>
  readonly reaper: DiagnosticsChannel<ReaperMessage>
  readonly clock: DiagnosticsChannel<ClockMessage>
  readonly lock: DiagnosticsChannel<LockMessage>
} = {
  commit: diagnosticsChannel('scopes:commit'),
  load: diagnosticsChannel('scopes:load'),
  rollback: diagnosticsChannel('scopes:rollback'),
  unreadable: diagnosticsChannel('scopes:unreadable'),
  feed: diagnosticsChannel('scopes:feed'),
  backgroundFailed: diagnosticsChannel('scopes:background-failed'),
  reaper: diagnosticsChannel('scopes:reaper'),
  clock: diagnosticsChannel('scopes:clock'),
  lock: diagnosticsChannel('scopes:lock'),
}

/** The channel of that name, for messages of one type. For packages that publish what happens inside them. */
export function diagnosticsChannel<Message>(name: string): DiagnosticsChannel<Message> {
  const inner = channel(name)
  return {
    name,
    get hasSubscribers() {
      return inner.hasSubscribers
    },
    publish: message => inner.publish(message),
  }
}
