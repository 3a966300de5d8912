import { idAt, idsUpTo, namedIds } from '../document/commit-ids.ts'
import type { CommitId, Life, ScopeDocument } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { DocumentSeen, RemovalSeen } from './observation.ts'
import type { FoldedChange } from './scope-change.ts'

/** What is known of a scope without its value. */
export interface Position {
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
  /** First 8 digits of the ids of up to 32 versions before, oldest first: the last 8 are those of `version - 1`. */
  readonly earlierIds: string
  readonly isEnded: boolean
}

/** A position as a consumer keeps it: what a `ScopeChange` says of itself. */
export interface KnownPosition {
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
  /** The token of the change. Without it the store is asked once, when the first event of the scope arrives. */
  readonly token?: StoreToken | undefined
  /** The change was `ended`. */
  readonly isEnded?: boolean | undefined
}

/** What a process keeps for a key that it knows. A value: folding makes another. */
export interface Slot {
  /** What was last told; undefined while nothing is held: nothing was seen yet, or only that there is no document. */
  readonly position: Position | undefined
  /** Of the newest observation folded. */
  readonly token: StoreToken
  /** The token orders events. False from `rolled-back` until the key has been read again. */
  readonly isProven: boolean
  /** How often the partition was told `rolled-back` or `lost`: answers to older questions answer nothing. */
  readonly epoch: number
  /** Counts the folds. A read sent at the same revision was sent after the last of them. */
  readonly revision: number
  /** When the question was sent that proved the position; -Infinity: an event said so, which proves no freshness. */
  readonly proofAt: number
  /** The newest event that came while not proven. */
  readonly stash: DocumentSeen | RemovalSeen | undefined
  /** First 8 digits of ids told as rolled back in this epoch. */
  readonly undone: readonly string[]
  /** Lives whose end was seen: they are not shown alive again, but ended again. */
  readonly fenced: readonly Life[]
  /** Lives told as ended whose end was not seen: another took their place, or a removal that does not name them. */
  readonly replaced: readonly Life[]
}

/** Older than every token of a store. */
export const lowestToken: StoreToken = 0n as StoreToken

const shortId = 8

/** The most characters of `earlierIds`. */
const mostEarlier = (namedIds - 1) * shortId

/** The slot of a key that holds nothing, such as one whose first load is under way. */
export function openSlot(epoch: number = 0): Slot {
  return {
    position: undefined,
    token: lowestToken,
    isProven: true,
    epoch,
    revision: 0,
    proofAt: -Infinity,
    stash: undefined,
    undone: none,
    fenced: none,
    replaced: none,
  }
}

/** One for all slots: most have no other. */
const none: readonly never[] = []

/** The slot of a key that a consumer has stood at. */
export function slotOf(known: KnownPosition, epoch: number = 0): Slot {
  const { life, version, commitId, token, isEnded = false } = known
  const position: Position = { life, version, commitId, earlierIds: '', isEnded }
  const isProven = token !== undefined
  return { ...openSlot(epoch), position, isProven, token: token ?? lowestToken, replaced: isEnded ? [life] : [] }
}

/** Where a consumer stands after this change, to be kept with what the change made of its state. */
export function positionAfter({ type, life, version, commitId, token }: FoldedChange): KnownPosition {
  return { life, version, commitId, token, isEnded: type === 'ended' }
}

/** The slot after `rolled-back`: its token orders nothing until the key is read again, which has to follow. */
export function onRolledBack(slot: Slot): Slot {
  return { ...slot, epoch: slot.epoch + 1, isProven: false, stash: undefined, undone: [] }
}

/** The slot of which it was proven by a question sent then that it is the newest. Field by field: most reads come by here. */
export function provenAt(slot: Slot, proofAt: number): Slot {
  const { position, token, isProven, epoch, revision, stash, undone, fenced, replaced } = slot
  return { position, token, isProven, epoch, revision, proofAt, stash, undone, fenced, replaced }
}

/** The slot after `lost`: its token stays good, but the key has to be read again. */
export function onLost(slot: Slot): Slot {
  // An event kept from before may be of a document whose removal is in the lost part; the read sees all that it says.
  return { ...slot, epoch: slot.epoch + 1, stash: undefined }
}

/** Where somebody stands who has been told this document. */
export function positionOf(document: ScopeDocument): Position {
  const { life, version, commitId } = document
  const earlierIds = idsUpTo(document, version - 1, namedIds - 1)
    .map(shortened)
    .join('')
  return { life, version, commitId, earlierIds, isEnded: document.type === 'ended' }
}

/** `positionOf`, made from the position before where the document is one commit further: most are. */
export function nextPosition(previous: Position | undefined, document: ScopeDocument): Position {
  const { life, version, commitId } = document
  const isNext = previous !== undefined && previous.life === life && previous.version === version - 1
  if (!isNext || idAt(document, previous.version) !== previous.commitId || !isComplete(previous))
    return positionOf(document)
  const earlierIds = (previous.earlierIds + shortened(previous.commitId)).slice(-mostEarlier)
  return { life, version, commitId, earlierIds, isEnded: document.type === 'ended' }
}

/** The position names as many earlier ids as there are, or as it may. */
function isComplete({ version, earlierIds }: Position): boolean {
  return earlierIds.length === Math.min((version - 1) * shortId, mostEarlier)
}

/** The first 8 digits of an id. */
export function shortened(commitId: CommitId): string {
  return commitId.slice(0, shortId)
}

/** The shortened id of a version, or undefined when the position is not that old or no longer says. */
export function shortIdAt(position: Position, version: number): string | undefined {
  if (version === position.version) return shortened(position.commitId)
  const start = position.earlierIds.length - (position.version - version) * shortId
  return start < 0 || version > position.version ? undefined : position.earlierIds.slice(start, start + shortId)
}
