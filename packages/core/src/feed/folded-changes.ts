import { idAt } from '../document/commit-ids.ts'
import { noOperations } from '../draft/operation.ts'
import type { EndedDocument } from '../document/scope-document.ts'
import { type EndReason, UnreadableDocumentError } from '../errors.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { lazyChange } from './lazy-change.ts'
import type { ToldCommit, ToldDocument, ToldLiving } from './observation.ts'
import { patchesOf } from './patches-of.ts'
import type { FoldedChange, ResetReason } from './scope-change.ts'
import { type Position, shortened, shortIdAt } from './slot.ts'

type Missed = { readonly from: number; readonly to: number } | undefined

/** What is told when the life of `position` is over and nobody says more: nothing if that was told before. */
export function gone(
  position: Position | undefined,
  token: StoreToken | undefined,
  reason: EndReason | undefined,
): readonly FoldedChange[] {
  if (position === undefined || position.isEnded) return []
  const { life, version, commitId } = position
  return [{ type: 'ended', life, version, commitId, token, value: undefined, reason, detail: undefined }]
}

/** What is told of a document when nothing was told before, or, with `isUnknown`, when nobody knows what was. */
export function firstChanges(document: ToldDocument, token: StoreToken, isUnknown: boolean): readonly FoldedChange[] {
  if (document.type === 'ended') return [marked(document, token)]
  // first-reset
  if (isUnknown) return [reset(document, token, 'first', undefined)]
  return fromStart(document, token, 'first')
}

/** What is told of another life than the one told before; `isReturning`: it had been told as replaced. */
export function newLifeChanges(
  document: ToldDocument,
  token: StoreToken,
  isReturning: boolean,
): readonly FoldedChange[] {
  if (document.type === 'ended') return [marked(document, token)]
  if (isReturning) return [reset(document, token, 'rolled-back', undefined)]
  return fromStart(document, token, 'new-life')
}

/** How a document continues what was told of the same life. */
export type Relation =
  /** It is that state. */
  | 'same'
  /** Its frames lead from there to here. */
  | 'bridged'
  /** It comes later, but does not say how. */
  | 'gap'
  /** It leaves out commits that were told. */
  | 'undone'

/** How the document continues the position, which is of the same life. */
export function relate(position: Position, document: ToldDocument): Relation {
  // commit-id, link
  if (document.version < position.version) return 'undone'
  const named = idAt(document, position.version)
  if (named === undefined) return 'gap'
  if (named !== position.commitId) return 'undone'
  if (document.version === position.version) return 'same'
  const firstFrame = document.type === 'live' ? document.snapshotVersion + 1 : document.version
  return firstFrame <= position.version + 1 ? 'bridged' : 'gap'
}

/** What is told of a document of the life that the position is in, and which has not ended there. */
export function changesSince(
  position: Position,
  relation: Relation,
  document: ToldDocument,
  token: StoreToken,
  isTokenNew: boolean,
): readonly FoldedChange[] {
  const next = position.version + 1
  const end = document.type === 'ended' ? [marked(document, token)] : []
  switch (relation) {
    case 'same':
      return document.type === 'live' && isTokenNew ? [touched(document, token)] : end
    case 'bridged':
      if (document.type === 'ended') return end
      return oneByOne(document, token, next, 'gap')
    case 'gap':
      return [...resetTo(document, token, 'gap', since(next, document)), ...end]
    case 'undone':
      return [...resetTo(document, token, 'rolled-back', since(firstDifferent(position, document), document)), ...end]
    default:
      return relation satisfies never
  }
}

/** From the creation on, where the document has every frame since version 1. */
function fromStart(document: ToldLiving, token: StoreToken, reason: ResetReason): readonly FoldedChange[] {
  const isWhole = document.snapshotVersion === 1
  return isWhole ? oneByOne(document, token, 1, reason) : [reset(document, token, reason, since(1, document))]
}

/** The versions from `from` on one by one; where one of them cannot be shown, the newest in place of all. */
function oneByOne(document: ToldLiving, token: StoreToken, from: number, reason: ResetReason): readonly FoldedChange[] {
  try {
    return from === 1 ? [created(document, token), ...updates(document, token, 2)] : updates(document, token, from)
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return [reset(document, token, reason, since(from, document))]
    throw error
  }
}

function created(document: ToldLiving, token: StoreToken): FoldedChange {
  const { life, version, deadline, facts } = document
  // An older state may be none that can be told. The newest is one, so it need not be made before somebody reads it.
  const older = version === 1 ? undefined : document.snapshotState
  const value = (): unknown => older ?? document.state
  return lazyChange<'created'>(
    {
      type: 'created',
      life,
      version: 1,
      commitId: idAt(document, 1) ?? document.commitId,
      deadline,
      token,
      ops: noOperations,
      baseVersion: 0,
      at: facts.createdAt,
    },
    { value, patches: () => [{ op: 'set', path: [], value: value() }] },
  )
}

function updates(document: ToldLiving, token: StoreToken, from: number): readonly FoldedChange[] {
  const { snapshotVersion, tail } = document
  const start = from - snapshotVersion - 1
  return tail.slice(start).map((record, index) => updated(document, token, record, tail[start + index - 1]))
}

function updated(
  document: ToldLiving,
  token: StoreToken,
  record: ToldCommit,
  before: ToldCommit | undefined,
): FoldedChange {
  const { version, commitId, baseVersion, at, origin, ops, state } = record
  const { life, deadline } = document
  return lazyChange<'updated'>(
    { type: 'updated', life, version, commitId, deadline, token, ops, baseVersion, at, origin },
    { value: () => state, patches: () => patchesOf(record, before, document) },
  )
}

function touched(document: ToldLiving, token: StoreToken): FoldedChange {
  const { life, version, commitId, deadline } = document
  return lazyChange<'touched'>(
    { type: 'touched', life, version, commitId, deadline, token },
    { value: () => document.state },
  )
}

function reset(document: ToldLiving, token: StoreToken, reason: ResetReason, missed: Missed): FoldedChange {
  const { life, version, commitId, deadline } = document
  return lazyChange<'reset'>(
    { type: 'reset', life, version, commitId, deadline, token, reason, missed },
    { value: () => document.state },
  )
}

/** A reset to the state before the end, when the document is an end marker; none when it has dropped that state. */
function resetTo(
  document: ToldDocument,
  token: StoreToken,
  reason: ResetReason,
  missed: Missed,
): readonly FoldedChange[] {
  if (document.type === 'live') return [reset(document, token, reason, missed)]
  const { life, state: value } = document
  const version = document.version - 1
  const commitId = idAt(document, version)
  if (value === undefined || commitId === undefined) return []
  return [{ type: 'reset', life, version, commitId, value, deadline: 0, token, reason, missed }]
}

function marked(document: EndedDocument, token: StoreToken): FoldedChange {
  const { life, version, commitId, state: value, reason, detail } = document
  return { type: 'ended', life, version, commitId, value, reason, detail, token }
}

/** The versions from `from` up to the newest state of the document. */
function since(from: number, { type, version }: ToldDocument): Missed {
  const to = type === 'ended' ? version - 1 : version
  return from > to ? undefined : { from, to }
}

/** The first version at which the document is known to differ from the position. */
function firstDifferent(position: Position, document: ToldDocument): number {
  let version = Math.min(position.version, document.version)
  for (; version > 0; version--) {
    const named = idAt(document, version)
    const told = shortIdAt(position, version)
    if (named === undefined || told === undefined || shortened(named) === told) break
  }
  return version + 1
}
