import { ScopesError, StoreUnavailableError, type WriteOutcome } from '@scopes/core'

/** The mutations of the port, by the SDK's names. */
export type MutationName = 'insert' | 'append' | 'replace' | 'remove'
/** Why a mutation was refused, in the words of the port. */
export type Refusal = 'exists' | 'stale' | 'missing'

/** What one error of the SDK means. */
export interface ErrorMeaning {
  /** Of a mutation. `unknown`: it may have been executed, or may still be. */
  readonly outcome: WriteOutcome
  /** For the operator: what happened, and what to do. */
  readonly text: string
}

/** Answers that are a definite no, by mutation and error. The document is looked at once, when the request is executed. */
const refusals: Readonly<Record<MutationName, Readonly<Record<string, Refusal>>>> = {
  insert: { DocumentExistsError: 'exists' },
  append: { CasMismatchError: 'stale', DocumentNotFoundError: 'missing' },
  replace: { CasMismatchError: 'stale', DocumentNotFoundError: 'missing' },
  remove: { CasMismatchError: 'stale', DocumentNotFoundError: 'missing' },
}

/**
 * Every error that a call of this store can meet, by the name of its class: another copy of the SDK, that of a cluster which
 * was passed in, has other classes of the same names. What is not named here may hide an executed request.
 */
export const errorMeanings: Readonly<Record<string, ErrorMeaning>> = {
  AmbiguousTimeoutError: ambiguous('did not answer in time'),
  RequestCanceledError: ambiguous('closed the connection before it answered'),
  DurabilityAmbiguousError: ambiguous('could not say whether the write reached as many nodes as it was to'),
  InternalServerFailureError: ambiguous('failed by an error of its own'),
  DecodingFailureError: ambiguous('gave an answer that the SDK cannot read'),
  UnambiguousTimeoutError: definite('was not reached in time, the request was not sent'),
  TemporaryFailureError: definite('is too busy or short of memory'),
  DurableWriteInProgressError: definite('is still busy with a durable write of another client to this document'),
  DurableWriteReCommitInProgressError: definite('is still busy with a durable write that outlived a failover'),
  DocumentLockedError: definite('refused: the document is locked by another client (getAndLock)'),
  DocumentUnretrievableError: definite('could not get the document from any node'),
  RateLimitedError: definite('refused: the user is over the rate limit'),
  QuotaLimitedError: definite('refused: the user or scope is over its quota'),
  AuthenticationFailureError: definite('refused the user name or password, or the user may not do this'),
  BucketNotFoundError: definite('has no such bucket, or the user may not use it'),
  ScopeNotFoundError: definite('has no such scope in the bucket'),
  CollectionNotFoundError: definite('has no such collection in the scope'),
  UnsupportedOperationError: definite('does not know the operation: it is too old, or a proxy'),
  FeatureNotAvailableError: definite('lacks a feature that was asked for'),
  ServiceNotAvailableError: definite('has no node with the service that was asked for'),
  DurabilityLevelNotAvailableError: definite('cannot store as durably as it was asked to: see the durability options'),
  DurabilityImpossibleError: definite('has too few nodes left to store as durably as it was asked to'),
  InvalidArgumentError: definite('or the SDK took an argument for invalid'),
  EncodingFailureError: definite('was not asked: the SDK cannot send the document'),
  ClusterClosedError: definite('was not asked: the connection is closed'),
}

/** Why the SDK tried again and again, in words; by its retry reasons. */
const reasonTexts: Readonly<Record<string, string>> = {
  key_value_locked: 'the document is locked by another client (getAndLock)',
  key_value_collection_outdated: 'the collection does not exist',
  key_value_not_my_vbucket: 'the document is moving to another node',
  key_value_temporary_failure: 'the node is out of memory or warming up',
  key_value_sync_write_in_progress: 'a durable write of another client is under way',
  node_not_available: 'the node of the document is not reachable',
  socket_not_available: 'the node of the document is not reachable',
}

/** Raw error code of the SDK for a call on a closed cluster, which it has no class for. */
const clusterClosedCode = 1006

/** What the server said no to, or undefined when the error is no refusal of this mutation. */
export function refusalOf(mutation: MutationName, error: unknown): Refusal | undefined {
  return refusals[mutation][nameOf(error)]
}

/** Whether there is no document: no failure of a read. */
export function isMissing(error: unknown): boolean {
  return nameOf(error) === 'DocumentNotFoundError'
}

/** Whether the bucket cannot store so durably at all; nothing was executed. */
export function isLevelNotAvailable(error: unknown): boolean {
  return nameOf(error) === 'DurabilityLevelNotAvailableError'
}

/** Whether the server answered that there is no such collection, or no such scope. */
export function isCollectionMissing(error: unknown): boolean {
  return (
    ['CollectionNotFoundError', 'ScopeNotFoundError'].includes(nameOf(error)) ||
    retryReasons(error).includes('key_value_collection_outdated')
  )
}

/** Whether somebody else has created the scope or collection meanwhile. */
export function isThereAlready(error: unknown): boolean {
  return ['CollectionExistsError', 'ScopeExistsError'].includes(nameOf(error))
}

/** Whether the bucket gave an answer to a read of one document, be it that the user may not read it. */
export function isAnswer(error: unknown): boolean {
  return isMissing(error) || isCollectionMissing(error) || nameOf(error) === 'AuthenticationFailureError'
}

/** Whether waiting may help: the cluster may still come up. The others say what is wrong, and it stays wrong. */
export function mayComeUp(error: unknown): boolean {
  return !definiteAtOpening.has(nameOf(error))
}

const definiteAtOpening: ReadonlySet<string> = new Set([
  'AuthenticationFailureError',
  'BucketNotFoundError',
  'InvalidArgumentError',
  'ParsingFailureError',
  'UnsupportedOperationError',
])

/**
 * The error of this library for anything that the SDK rejected with. `what` is what was asked for, such as
 * `append to session:shop:1`; `place` names the bucket.
 */
export function mapCouchbaseError(error: unknown, what: string, place: string): ScopesError {
  if (error instanceof ScopesError) return error
  if (nameOf(error) === 'ValueTooLargeError') return tooLarge(what, place, error)
  const { outcome, text } = meaningOf(error)
  const reasons = retryReasons(error).flatMap(reason => reasonTexts[reason] ?? [])
  const why = reasons.length > 0 ? `: ${[...new Set(reasons)].join(', ')}` : ''
  return new StoreUnavailableError(`Couchbase (${place}) ${text}${why}; ${what}. (${describe(error)})`, {
    cause: error,
    outcome,
  })
}

/** The same for what comes before a request: whatever went wrong, nothing was asked of a document. */
export function mapOpeningError(error: unknown, what: string, place: string): ScopesError {
  const { message, cause } = mapCouchbaseError(error, what, place)
  return new StoreUnavailableError(message, { cause, outcome: 'none' })
}

/** The document is larger than the server takes. Nothing was written. */
export function tooLarge(what: string, place: string, cause?: unknown): ScopesError {
  return new ScopesError('too-large', `Couchbase (${place}) takes documents up to 20 MiB; ${what} was refused.`, {
    cause,
    outcome: 'none',
  })
}

function meaningOf(error: unknown): ErrorMeaning {
  const known = errorMeanings[nameOf(error)]
  if (known) return known
  const isClosed = error instanceof Error && 'code' in error && error.code === clusterClosedCode
  return isClosed ? definite('was not asked: the connection is closed') : ambiguous('failed in a way that nobody knows')
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : ''
}

function retryReasons(error: unknown): readonly string[] {
  if (!(error instanceof Error) || !('context' in error)) return []
  const { context } = error
  if (typeof context !== 'object' || context === null || !('retry_reasons' in context)) return []
  const { retry_reasons: reasons } = context
  return Array.isArray(reasons) ? reasons.map(String) : []
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

function ambiguous(text: string): ErrorMeaning {
  return { outcome: 'unknown', text }
}

function definite(text: string): ErrorMeaning {
  return { outcome: 'none', text }
}
