import { compact, mustCompact } from '../document/compaction.ts'
import { recordOf } from '../document/commit-record.ts'
import { appendCommits, createDocument, encodeCommit } from '../document/encode.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitId, CommitRecord, Life, LiveDocument, Origin, OwnLifetime } from '../document/scope-document.ts'
import { biggestPaths, estimateStateBytes, measureState } from '../document/state-size.ts'
import { raised, type Fence, type Fences } from '../document/fences.ts'
import type { Indexed } from '../document/indexed.ts'
import { deadlineAt, isRenewalDue, lifetimeOf, storeExpiry } from '../definition/lifetime.ts'
import { ScopeTooLargeError } from '../errors.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { formatPath } from '../value/path.ts'
import type { CommitTarget } from './commit-target.ts'
import type { LifetimeChange } from './pending-commit.ts'
import type { StoredCommit } from './stored-commit.ts'
import type { WriteRequest } from './write.ts'

/** What says how large a scope may get. */
type Sized = Pick<CommitTarget, 'definition' | 'store'>

/** Where a commit stands in its life. */
export interface CommitPlace {
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
  /** That of the document that the frame is appended to. */
  readonly deadline: number
  readonly at: number
  readonly origin: Origin
  /** Where its draft began. */
  readonly baseVersion: number
  /** Of the exclusive locks that it is made under. */
  readonly fences: readonly Fence[] | undefined
  /** What names the scope from then on; undefined: what did before. */
  readonly indexed: Indexed | undefined
}

/** The commit as a frame. */
export function framed(commit: StoredCommit, place: CommitPlace): CommitRecord {
  const { life, deadline, version, commitId, at, origin, baseVersion, fences, indexed } = place
  const { diff, ops, schemaVersion } = commit
  const told = {
    life,
    version,
    commitId,
    deadline,
    baseVersion,
    schemaVersion,
    at,
    origin,
    diff,
    ops,
    fences,
    indexed,
  }
  return recordOf(told, told, commit, encodeCommit(told))
}

/** What a document holds beside its state, at most: the header, the ids of the last commits, the facts of the life. */
const besideStateBytes = 2048

/** The most packed bytes of a state: what its definition allows, if a document of the store has room for it. */
function stateLimit({ definition, store }: Sized): number {
  return Math.min(definition.byteLimit, store.capabilities.maxDocumentBytes - besideStateBytes)
}

/**
 * Refuses a state that is too large. O(change): what it takes at most is known without encoding it, and only where that
 * exceeds the limit is it measured.
 * @throws ScopeTooLargeError that names the biggest paths.
 */
export function checkSize(sized: Sized, state: State, atMost: number): void {
  const limit = stateLimit(sized)
  if (atMost <= limit) return
  const bytes = measureState(state)
  if (bytes <= limit) return
  const { byteLimit, kind } = sized.definition
  const biggest = biggestPaths(state, 5)
  const named = biggest.map(({ path, bytes: size }) => `${formatPath(path)} (${size})`).join(', ')
  const allowed = limit < byteLimit ? `its store has room for ${limit}` : `${limit} are allowed`
  throw new ScopeTooLargeError(
    `The ${kind} scope would take ${bytes} bytes, and ${allowed}. The biggest paths: ${named}.`,
    { bytes, limit, biggest },
  )
}

/** Where a creation goes: over an end marker, or where nothing is. */
export interface CreationPlace {
  readonly life: Life
  readonly over: StoreToken | undefined
  readonly createdAt: number
  readonly lifetime: OwnLifetime | undefined
  /** Of the life before. */
  readonly fences: Fences | undefined
}

/** The request that creates a scope with its first commits. Its expiry is absolute: a late one is dead on arrival (E1). */
export function creationRequest(
  { definition, store }: Sized,
  { life, over, createdAt, lifetime, fences }: CreationPlace,
  records: readonly [CommitRecord, ...CommitRecord[]],
): WriteRequest {
  const deadline = deadlineAt(lifetimeOf(definition, lifetime), createdAt, createdAt)
  const [first, ...rest] = records
  const facts = {
    schemaVersion: first.schemaVersion,
    createdAt,
    isProvisional: false,
    from: undefined,
    ...(definition.keepEndsMs > 0 && { keepEndsMs: definition.keepEndsMs }),
    ...(lifetime && { lifetime }),
    ...(first.indexed && { indexed: first.indexed }),
    fences: raised(fences, first.fences),
    rest: {},
  }
  const created = createDocument({ life, commitId: first.commitId, deadline, state: first.state, facts })
  const following = rest.map(record => ({ ...record, frame: encodeCommit({ ...record, life, deadline }) }))
  const document = following.length === 0 ? created.document : appendCommits(created.document, following)
  const maxBytes = store.capabilities.maxDocumentBytes
  const encoded =
    document.snapshotBytes + document.tailBytes > maxBytes
      ? compact({ document, deadline, maxBytes })
      : { document, bytes: concat([created.bytes, ...following.map(({ frame }) => frame)]) }
  const operation = over === undefined ? 'insert' : 'replace'
  const expiresAt = storeExpiry(deadline, definition.keepEndsMs)
  return { operation, token: over, expiresAt, durability: 'usual', ...encoded }
}

/** What commits are added to. */
export interface ChangePlace {
  readonly document: LiveDocument
  readonly token: StoreToken
  readonly now: number
  /** What the commits say of the lifetime of the scope. */
  readonly lifetime: LifetimeChange | undefined
}

/**
 * The request that adds commits to a living scope: an append, or a compaction where one is due, the deadline moves, or
 * the document has no room for an append.
 */
export function changeRequest(
  sized: Sized,
  { document, token, now, lifetime: change }: ChangePlace,
  records: readonly CommitRecord[],
): WriteRequest {
  const { createdAt } = document.facts
  const grown = appendCommits(document, records)
  if (change) return lifetimeRequest(sized, { document: grown, token, now, lifetime: change })
  const lifetime = lifetimeOf(sized.definition, document.facts.lifetime)
  const isRenewed = isRenewalDue(document.deadline, lifetime, createdAt, now)
  const isLong = mustCompact(document, grown.tailBytes - document.tailBytes, records.length)
  if (!isRenewed && !isLong && mostBytes(document, records) <= stateLimit(sized)) {
    const bytes = concat(records.map(({ frame }) => frame))
    return { operation: 'append', bytes, token, expiresAt: undefined, durability: 'usual', document: grown }
  }
  return compaction(sized, token, grown, isRenewed ? deadlineAt(lifetime, createdAt, now) : document.deadline)
}

/** The lifetime stands in the snapshot, so it takes a compaction. */
function lifetimeRequest(
  sized: Sized,
  { document, token, now, lifetime: { own } }: ChangePlace & { readonly lifetime: LifetimeChange },
): WriteRequest {
  const { lifetime: _, ...facts } = document.facts
  const deadline = deadlineAt(lifetimeOf(sized.definition, own), facts.createdAt, now)
  // A deadline in the past would be an expiry in the past too: the store would drop the document, and no end be told.
  const from = deadline === 0 ? 0 : Math.max(deadline, Math.ceil(now / 1000))
  return compaction(sized, token, { ...document, facts: own ? { ...facts, lifetime: own } : facts }, from)
}

function compaction(
  { definition: { keepEndsMs }, store }: Sized,
  token: StoreToken,
  document: LiveDocument,
  deadline: number,
): WriteRequest {
  const expiresAt = storeExpiry(deadline, keepEndsMs)
  const compacted = compact({ document, deadline, keepEndsMs, maxBytes: store.capabilities.maxDocumentBytes })
  return { operation: 'replace', token, expiresAt, durability: 'usual', ...compacted }
}

/** More than the state can take: nothing that a diff adds is larger in the state. Unknown while there is no document. */
export function mostBytes(document: LiveDocument | undefined, records: readonly CommitRecord[]): number {
  if (document === undefined) return Infinity
  return records.reduce((sum, { frame }) => sum + frame.length, estimateStateBytes(document))
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only) return only
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
