import {
  type CommitInfo,
  type DocumentStore,
  type FeedMessage,
  historyOf,
  InvalidArgumentError,
  type Life,
  type LiveDocument,
  type ScopeKey,
  stateAt,
  type UnreadableDocumentError,
} from '@scopes/core'
import { describeDocument, type DescribedDocument } from './described-document.ts'

/** What happened in a store. */
export type StoredChange =
  | {
      readonly type: 'commit'
      readonly key: string
      readonly scope: ScopeKey
      readonly commit: CommitInfo
      readonly before: unknown
    }
  /** There is a version of which the commits are not at hand: it was created, or they were compacted away. */
  | {
      readonly type: 'version'
      readonly key: string
      readonly scope: ScopeKey
      readonly document: LiveDocument
      readonly version: number
      readonly state: unknown
    }
  /** No new version: the deadline moved, or the document was compacted. */
  | { readonly type: 'touched'; readonly key: string; readonly scope: ScopeKey; readonly document: LiveDocument }
  | ({ readonly type: 'ended'; readonly key: string; readonly scope: ScopeKey } & Pick<Ended, 'document'>)
  | { readonly type: 'removed'; readonly key: string; readonly reason: 'deleted' | 'expired' }
  | { readonly type: 'unreadable'; readonly key: string; readonly error: UnreadableDocumentError }
  /** Every change from now on will come. Once for each partition, and again when it has lost its place and found it. */
  | { readonly type: 'caught-up' | 'rolled-back' | 'lost'; readonly partition: number }

type Ended = Extract<DescribedDocument, { readonly type: 'ended' }>

/** Which changes are wanted. */
export interface ChangeFilter {
  readonly kinds?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  /** When the reader begins, milliseconds since 1970. */
  readonly startedAt: number
}

/** Of so many scopes the last version is remembered. */
const remembered = 10_000

/**
 * What happens to the scopes of a store from now on, as their documents tell: each commit once, in the order of its versions. The
 * first change of a scope that nothing is remembered of tells its newest commit, and those before it that were made, by the clocks of
 * their writers, since the reader began. Ends when `signal` aborts or the store closes.
 * Rejects with StoreUnavailableError when the store fails, and with InvalidArgumentError where its feed does not bring all.
 */
export async function* storedChanges(
  store: DocumentStore,
  { kinds, signal, startedAt }: ChangeFilter,
): AsyncGenerator<StoredChange, void, undefined> {
  const { feed } = store
  const known = new Positions(startedAt)
  if (feed === undefined) throw notFollowed()
  for await (const message of feed.open({ since: 'now', kinds, signal })) {
    if (feed.coverage !== 'all') throw notFollowed()
    yield* changesOf(message, known)
  }
}

function notFollowed(): InvalidArgumentError {
  return new InvalidArgumentError('The changes of this store cannot be followed: its changes feed does not bring all.')
}

/** What is known of a scope. */
interface Position {
  readonly life: Life
  readonly version: number
}

/** The last versions of the scopes that changed last. */
class Positions {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly #byKey = new Map<string, Position>()

  constructor(startedAt: number) {
    this.startedAt = startedAt
  }

  get(key: string): Position | undefined {
    return this.#byKey.get(key)
  }

  set(key: string, { life, version }: Position): void {
    this.#byKey.delete(key)
    this.#byKey.set(key, { life, version })
    const [oldest] = this.#byKey.keys()
    if (oldest !== undefined && this.#byKey.size > remembered) this.#byKey.delete(oldest)
  }
}

function* changesOf(message: FeedMessage, known: Positions): Generator<StoredChange, void, undefined> {
  const { type } = message
  switch (type) {
    case 'document':
      if (message.bytes) yield* changesOfDocument({ key: message.key, bytes: message.bytes }, known)
      return
    case 'removed':
      yield { type, key: message.key, reason: message.reason }
      return
    case 'caught-up':
    case 'rolled-back':
    case 'lost':
      yield { type, partition: message.partition }
      return
    default:
      message satisfies never
  }
}

function* changesOfDocument(
  stored: { readonly key: string; readonly bytes: Uint8Array },
  known: Positions,
): Generator<StoredChange, void, undefined> {
  const { key } = stored
  const described = describeDocument(stored, 0)
  switch (described.type) {
    case 'living':
    case 'overdue': {
      const { scope, document } = described
      const before = known.get(key)
      known.set(key, document)
      const last = before?.life === document.life ? before.version : undefined
      yield* last === undefined
        ? firstChanges(key, scope, document, known.startedAt)
        : changesSince(last, key, scope, document)
      return
    }
    case 'ended': {
      const before = known.get(key)
      known.set(key, described.document)
      // Told already: only how far its delivery has come is new.
      if (before?.life === described.document.life && before.version === described.document.version) return
      yield { type: 'ended', key, scope: described.scope, document: described.document }
      return
    }
    case 'unreadable':
      yield { type: 'unreadable', key, error: described.error }
      return
    case 'journal':
    case 'lock':
    case 'index':
    case 'foreign':
      return
    default:
      described satisfies never
  }
}

/** Of a scope that nothing is known of. */
function* firstChanges(
  key: string,
  scope: ScopeKey,
  document: LiveDocument,
  startedAt: number,
): Generator<StoredChange, void, undefined> {
  const commits = historyOf(document)
  const first = commits.findIndex(({ at }, index) => at >= startedAt || index === commits.length - 1)
  const isNew = document.snapshotVersion === 1 && document.facts.createdAt >= startedAt
  if (isNew || commits.length === 0) yield { type: 'version', key, scope, ...atSnapshot(document) }
  yield* told(key, scope, document, isNew ? commits : commits.slice(Math.max(first, 0)))
}

/** Of a scope of which this version is known. */
function* changesSince(
  last: number,
  key: string,
  scope: ScopeKey,
  document: LiveDocument,
): Generator<StoredChange, void, undefined> {
  const { version, snapshotVersion } = document
  if (last === version) {
    yield { type: 'touched', key, scope, document }
    return
  }
  // Versions before the first commit at hand are in the snapshot alone; a rollback takes some back.
  if (snapshotVersion > last || version < last) yield { type: 'version', key, scope, ...atSnapshot(document) }
  const since = version < last ? 0 : last
  yield* told(
    key,
    scope,
    document,
    historyOf(document).filter(commit => commit.version > since),
  )
}

function* told(
  key: string,
  scope: ScopeKey,
  document: LiveDocument,
  commits: readonly CommitInfo[],
): Generator<StoredChange, void, undefined> {
  for (const commit of commits)
    yield { type: 'commit', key, scope, commit, before: stateAt(document, commit.version - 1) }
}

function atSnapshot(
  document: LiveDocument,
): Pick<Extract<StoredChange, { readonly type: 'version' }>, 'document' | 'version' | 'state'> {
  return { document, version: document.snapshotVersion, state: document.snapshotState }
}
