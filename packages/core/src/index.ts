// Declaring scopes. A definition says what a kind of scope holds and how long it lives.
export { defineScope } from './definition/define-scope.ts'
export type { ScopeDefinition, ScopeOptions, StateOf } from './definition/define-scope.ts'
export type { IndexTypes, IndexValue } from './definition/indexes.ts'
export type { Duration, Lifetime } from './definition/lifetime.ts'
export type { LifetimeOptions } from './definition/own-lifetime.ts'
export type { SchemaIssue, SchemaResult, StandardSchema, StateCheck } from './definition/schema.ts'
export type { SchemaSteps, SchemaVersions } from './definition/schema-version.ts'

// Opening them: one `Scopes` per process and application, handles from it, drafts from the handles.
export { openScopes } from './scope/open-scopes.ts'
export type { OpenScopesOptions } from './scope/open-scopes.ts'
export type { ReaperOptions } from './scope/reaping.ts'
export { LostCommitsError, Scopes } from './scope/scopes.ts'
export type { CreateOptions } from './scope/scopes.ts'
export type { EndAllOptions } from './scope/end-all-options.ts'
export type { OpenOptions } from './scope/opening.ts'
export type { ListedScope } from './scope/scope-list.ts'
export { Scope } from './scope/scope.ts'
export type { ScopeEnd, ScopeLifetime } from './scope/scope.ts'
export type { RotateOptions } from './scope/rotate-options.ts'
export type { EndHandler, EndedScope } from './life/end-handlers.ts'
export type { UpdateOptions } from './scope/commit-intent.ts'
export { ScopeDraft } from './scope/scope-draft.ts'
export type { DraftCommitOptions } from './scope/scope-draft.ts'
export type { ValueChange } from './scope/value-change.ts'
export type { Committed, OnConflict } from './commit/pending-commit.ts'
export type { LostCommit, ScopeConflict } from './scope/actions.ts'
export type { Draft } from './draft/record.ts'
export type { Immutable, State } from './value/plain-data.ts'

// Ops: what is meant, called on a draft. In a merge they are done again, where plain edits of both sides would meet.
// `append` without arguments is the merge policy of that name.
export { addToSet, inc, moveBy, removeFromSet } from './draft/operations.ts'
export { append } from './merge/append.ts'
export type { ElementName, Operation, OperationPath, OperationSegment } from './draft/operation.ts'

// Merge policies: what becomes of two changes of the same place, by pattern in `defineScope({ merge })`.
export { counter } from './merge/policies/counter.ts'
export { firstWriter } from './merge/policies/first-writer.ts'
export { lastWriter } from './merge/policies/last-writer.ts'
export { listBy } from './merge/policies/list-by.ts'
export { reject } from './merge/policies/reject.ts'
export { set } from './merge/policies/set.ts'
export type { AtomicOptions } from './merge/policies/atomic-options.ts'
export type { MergeFunction, MergePolicy, SidePolicy, TypedPolicy } from './merge/policy.ts'

// Locks over all processes that use the store.
export type { LockOptions } from './lock/lock-options.ts'
export type { Lock } from './lock/locks.ts'
export type { LockType } from './lock/lock-document.ts'

// What changed: history, changes of all scopes, and the public view of a diff.
export type { CommitInfo } from './scope/history.ts'
export { patchesBetween } from './merge/patches-between.ts'
export type { ChangesOptions } from './scope/changes.ts'
export type {
  CreatedChange,
  EndedChange,
  FoldedChange,
  PartitionChange,
  ResetChange,
  ResetReason,
  ScopeChange,
  TouchedChange,
  UpdatedChange,
} from './feed/scope-change.ts'
export type { FeedStatus } from './feed/feed-status.ts'
export type { Freshness } from './feed/freshness.ts'
export { isStamp } from './document/stamp.ts'
export type { KnownPosition } from './feed/slot.ts'
export type { Patch } from './diff/patches.ts'
export type { ConflictKind, MergeConflict, MergeContest } from './merge/conflict.ts'
export type { Path, PathSegment } from './value/path.ts'
export type { CommitId, Life, Origin } from './document/scope-document.ts'

// What can go wrong. One root, a code from a closed list, a class where a caller decides something.
export {
  ConflictError,
  HeadersSentError,
  InvalidArgumentError,
  InvalidStateError,
  LockLostError,
  LockTimeoutError,
  NotLoadedError,
  PolicyError,
  ScopeEndedError,
  ScopeTooLargeError,
  ScopesError,
  StoreUnavailableError,
  UnreadableDocumentError,
  errorCodes,
} from './errors.ts'
export type {
  EndReason,
  ErrorCode,
  ErrorMeaning,
  PathSize,
  RejectedChange,
  ScopesErrorOptions,
  StateIssue,
  WriteOutcome,
} from './errors.ts'

// Ports: what a store, a feed and a cache must do. MemoryStore is the reference.
export { compareTokens } from './document/stored-document.ts'
export type { StoreToken, StoredDocument } from './document/stored-document.ts'
export type {
  DocumentStore,
  Durability,
  LoadOptions,
  MutationOptions,
  MutationResult,
  StoreCallOptions,
  StoreCapabilities,
  WriteOptions,
} from './store/document-store.ts'
export type {
  ChangeFeed,
  FeedCoverage,
  FeedMessage,
  FeedOptions,
  FeedToken,
  HeldKeys,
  KeyMessage,
} from './feed/change-feed.ts'
export type { ScopeCache, ScopeCopy } from './cache/scope-cache.ts'
export type { Replication } from './cache/replication.ts'
export { memoryStore } from './store/memory-store.ts'
export type { MemoryStoreOptions } from './store/memory-store.ts'
export { memoryCache } from './cache/memory-cache.ts'
export type { MemoryCacheOptions } from './cache/memory-cache.ts'

// A state that is kept elsewhere than in a store, such as in a cookie: drafts of it, and its bytes.
export { draftState } from './draft/state-draft.ts'
export type { StateDraft } from './draft/state-draft.ts'
export { packState, unpackState } from './document/packed-state.ts'

// What a stored document says: decoded, or by the headers of its frames alone.
export type { Delivery, DeliveryClaim } from './document/delivery.ts'
export { decodeDocument } from './document/decode.ts'
export type { DecodeOptions } from './document/decode.ts'
export { decodeRecord } from './document/record.ts'
export { isOverdue } from './definition/lifetime.ts'
export { movedDocument } from './life/moved-document.ts'
export type { MovedDocument } from './life/moved-document.ts'
export { outlineOf } from './document/outline.ts'
export { historyOf, stateAt } from './scope/history.ts'
export type { DocumentOutline } from './document/outline.ts'
export type {
  CommitRecord,
  EndedDocument,
  LiveDocument,
  ScopeDocument,
  SnapshotFacts,
} from './document/scope-document.ts'

// Keys, time and diagnostics.
export { documentKey, maxKeyBytes, parseDocumentKey } from './document/scope-key.ts'
export type { ScopeKey } from './document/scope-key.ts'
export { systemClock } from './clock.ts'
export type { Clock, SleepOptions } from './clock.ts'
export { ClockWatch } from './life/clock-watch.ts'
export type { ClockWatchParts } from './life/clock-watch.ts'
export { diagnostics, diagnosticsChannel } from './diagnostics.ts'
export type {
  BackgroundFailedMessage,
  ChangeMessage,
  ClockMessage,
  ClockPair,
  CommitMessage,
  ConflictMessage,
  DiagnosticsChannel,
  EndMessage,
  FeedLagMessage,
  FeedStatusMessage,
  LoadMessage,
  LockMessage,
  OpenMessage,
  ReaperMessage,
  RollbackMessage,
  StoreCall,
  TracedChannel,
  TracedOperation,
  UnreadableMessage,
} from './diagnostics.ts'
