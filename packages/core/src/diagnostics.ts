import { AsyncResource } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { CommitId, Life } from './document/scope-document.ts'
import type { ScopeKey } from './document/scope-key.ts'
import type { EndReason } from './errors.ts'
import type { Path } from './value/path.ts'

/** Published on `scopes:commit` for each commit that is known to be stored. */
export interface CommitMessage {
  readonly key: ScopeKey
  readonly version: number
  readonly commitId: CommitId
  readonly attempts: number
  readonly merged: boolean
  /** What it adds to the document: its frame. */
  readonly bytes: number
  /** From the call to the answer of the store, in milliseconds; undefined: nobody listened at the call. */
  readonly durationMs: number | undefined
}

/** Published on `scopes:conflict` for each decision that a merge made between two changes of one place, once it is stored. */
export interface ConflictMessage {
  readonly key: ScopeKey
  readonly version: number
  readonly path: Path
  /** The name of the policy that decided, or of the op. */
  readonly policy: string
  /** Whose value the result leaves out. */
  readonly lost: 'ours' | 'theirs' | 'none'
}

/** Published on `scopes:open` for each `open`, by what answers it. */
export interface OpenMessage {
  readonly key: ScopeKey
  readonly source: 'memory' | 'store'
}

/** Published on `scopes:change` for each change that a subscriber is told, of one scope or of all. */
export interface ChangeMessage {
  readonly key: ScopeKey
  readonly type: 'created' | 'updated' | 'touched' | 'ended' | 'reset'
  /** Of a `reset`. */
  readonly reason: string | undefined
}

/** Published on `scopes:end` for each scope that this process has ended. */
export interface EndMessage {
  readonly documentKey: string
  readonly life: Life
  readonly reason: EndReason
  /** The caller's word, such as `logout`. */
  readonly detail: string | undefined
}

/** Published on `scopes:feed-lag` when it is looked at how far the reading of the changes feed is behind that keeps memory current. */
export interface FeedLagMessage {
  readonly application: string
  /** How long ago it was that everything stored had arrived, in milliseconds. */
  readonly lagMs: number
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

/**
 * Traced on `scopes:operation`: what a caller has asked for, from the call to its answer. It is the context of the channels
 * `tracing:scopes:operation:start` … `:asyncEnd`, on which Node sets `result` or `error`. An `open` that memory answers is none, nor is a `touch` that is not due.
 */
export type TracedOperation =
  | { readonly type: 'open'; readonly key: ScopeKey; readonly request: string | undefined }
  /** Result: Committed. */
  | { readonly type: 'commit'; readonly key: ScopeKey; readonly request: string | undefined }
  /** Result: whether the deadline was renewed; false: somebody else had written. */
  | { readonly type: 'touch'; readonly key: ScopeKey }
  | { readonly type: 'end'; readonly key: ScopeKey }
  | { readonly type: 'rotate'; readonly key: ScopeKey }
  /** Result: how many scopes were ended. */
  | { readonly type: 'end-all'; readonly application: string; readonly kind: string; readonly index: string }
  /** From the wait to the release, body included. `lock`: its document key. */
  | { readonly type: 'lock'; readonly lock: string; readonly lockType: 'exclusive' | 'readonly' }
  /** One run of the end handlers. Result: `{ type: 'succeeded' | 'failed' | 'overtaken', error? }`; it never rejects. */
  | { readonly type: 'deliver'; readonly documentKey: string; readonly reason: EndReason; readonly attempt: number }

/** Traced on `scopes:store`: each request to the store. It is the context of the channels `tracing:scopes:store:start` … `:asyncEnd`. */
export interface StoreCall {
  readonly type: 'load' | 'insert' | 'append' | 'replace' | 'remove'
  readonly documentKey: string
  /** What is sent. */
  readonly bytes: number
}

/** A named channel of `node:diagnostics_channel` with the type of its messages. */
export interface DiagnosticsChannel<Message> {
  readonly name: string
  readonly hasSubscribers: boolean
  publish(message: Message): void
}

/** A `tracingChannel` of `node:diagnostics_channel` with the type of its contexts. */
export interface TracedChannel<Context extends object> {
  /** As `tracingChannel` takes it. */
  readonly name: string
  readonly hasSubscribers: boolean
  /**
   * What `run` gives, told from its beginning to its end: the stores that are bound to `start` hold in it. For whom nobody listens:
   * ask `hasSubscribers` before a context is made.
   */
  trace<T>(context: Context, run: () => Promise<T>): Promise<T>
}

/** Runs something as part of what its caller is doing. */
export type CallerContext = <T>(run: () => T) => T

/**
 * The asynchronous context of the code that runs now, for what is done for it later. Undefined while nobody listens: then nobody
 * asks for whom something is done.
 */
export function callerContext(): CallerContext | undefined {
  if (!diagnostics.operation.hasSubscribers && !diagnostics.storeCall.hasSubscribers) return undefined
  const caller = new AsyncResource('ScopesCaller')
  return run => caller.runInAsyncScope(run)
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const diagnostics: {
  readonly operation: TracedChannel<TracedOperation>
  readonly storeCall: TracedChannel<StoreCall>
  readonly commit: DiagnosticsChannel<CommitMessage>
  readonly conflict: DiagnosticsChannel<ConflictMessage>
  readonly open: DiagnosticsChannel<OpenMessage>
  readonly change: DiagnosticsChannel<ChangeMessage>
  readonly end: DiagnosticsChannel<EndMessage>
  readonly feedLag: DiagnosticsChannel<FeedLagMessage>
  readonly load: DiagnosticsChannel<LoadMessage>
  readonly rollback: DiagnosticsChannel<RollbackMessage>
  readonly unreadable: DiagnosticsChannel<UnreadableMessage>
  readonly feed: DiagnosticsChannel<FeedStatusMessage>
  readonly backgroundFailed: DiagnosticsChannel<BackgroundFailedMessage>
  readonly reaper: DiagnosticsChannel<ReaperMessage>
  readonly clock: DiagnosticsChannel<ClockMessage>
  readonly lock: DiagnosticsChannel<LockMessage>
} = {
  operation: tracedChannel('scopes:operation'),
  storeCall: tracedChannel('scopes:store'),
  commit: diagnosticsChannel('scopes:commit'),
  conflict: diagnosticsChannel('scopes:conflict'),
  open: diagnosticsChannel('scopes:open'),
  change: diagnosticsChannel('scopes:change'),
  end: diagnosticsChannel('scopes:end'),
  feedLag: diagnosticsChannel('scopes:feed-lag'),
  load: diagnosticsChannel('scopes:load'),
  rollback: diagnosticsChannel('scopes:rollback'),
  unreadable: diagnosticsChannel('scopes:unreadable'),
  feed: diagnosticsChannel('scopes:feed'),
  backgroundFailed: diagnosticsChannel('scopes:background-failed'),
  reaper: diagnosticsChannel('scopes:reaper'),
  clock: diagnosticsChannel('scopes:clock'),
  lock: diagnosticsChannel('scopes:lock'),
}

/** A subscriber is told of the change now. */
export function tellChange(
  key: ScopeKey,
  change: { readonly type: ChangeMessage['type']; readonly reason?: string | undefined },
): void {
  if (!diagnostics.change.hasSubscribers) return
  const { type, reason } = change
  diagnostics.change.publish({ key, type, reason: type === 'reset' ? reason : undefined })
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

function tracedChannel<Context extends object>(name: string): TracedChannel<Context> {
  const inner = tracingChannel<unknown, object>(name)
  return {
    name,
    get hasSubscribers() {
      return inner.hasSubscribers
    },
    trace: (context, run) => inner.tracePromise(run, context),
  }
}
