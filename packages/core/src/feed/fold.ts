import { idAt } from '../document/commit-ids.ts'
import type { Life, ScopeDocument } from '../document/scope-document.ts'
import { compareTokens, type StoreToken } from '../document/stored-document.ts'
import { changesSince, firstChanges, gone, newLifeChanges, relate } from './folded-changes.ts'
import type { Asked, DocumentSeen, Observation, RemovalSeen } from './observation.ts'
import type { FoldedChange } from './scope-change.ts'
import {
  lowestToken,
  nextPosition,
  openSlot,
  type Position,
  provenAt,
  shortened,
  shortIdAt,
  type Slot,
} from './slot.ts'

/** What became of an observation. */
export interface Folded {
  readonly slot: Slot
  /**
   * `folded`: the slot stands for it. `same`: it already did. `stashed`: it waits for the read that `mustRead` asks for.
   * `dropped`: it says nothing; who waits for an answer asks again.
   */
  readonly verdict: 'folded' | 'same' | 'stashed' | 'dropped'
  /** What a subscriber is told, in this order. */
  readonly changes: readonly FoldedChange[]
  /** The document that the slot stands for now; undefined when it is not shown alive, or the verdict brought none. */
  readonly shown: DocumentSeen | undefined
  /** The store has to be asked, unless a read sent in this epoch is under way. */
  readonly mustRead: boolean
  /** A life whose end was seen is alive in the store: this document is to be ended again, with its token. */
  readonly endAgain: DocumentSeen | undefined
}

/**
 * Folds what was seen of one key into what is known of it: one function for the feed, reads and acknowledgements, with
 * the rules of replica-protocol §3 and §4 under their names there. Pure; `asked` says when the question was sent.
 *
 * No slot means that nobody knows what was told of the key before: its first event is a `reset` (`first`). A slot
 * without a position (`openSlot`) says that nothing is held: then a document that has every frame is told from `created`
 * on. The first answer of a load into such a slot tells nothing, because it is the loader's first value.
 */
export function observe(slot: Slot | undefined, observation: Observation, via: 'feed'): Folded
export function observe(
  slot: Slot | undefined,
  observation: Observation,
  via: 'read' | 'acknowledgement',
  asked: Asked,
): Folded
export function observe(
  given: Slot | undefined,
  observation: Observation,
  via: 'feed' | 'read' | 'acknowledgement',
  asked?: Asked,
): Folded {
  const slot = given ?? openSlot(asked?.epoch)
  // epoch
  if (asked !== undefined && asked.epoch !== slot.epoch) return { ...nothing(slot, 'dropped'), mustRead: true }
  if (via === 'feed' && !slot.isProven) return stash(slot, observation)
  // asked-after
  const isAskedAfter = via === 'read' && asked?.revision === slot.revision
  if (observation.type === 'absent') {
    // missing-order
    if (!isAskedAfter) return nothing(slot, 'dropped')
  } else if (slot.isProven) {
    if (isSame(slot, observation)) return confirmed(slot, observation, asked)
    // token-order, absent-token
    if (!isAskedAfter && compareTokens(observation.token, slot.token) < 0) return nothing(slot, 'dropped')
    // conflict
    if (!isAskedAfter && !mayFollow(slot, observation)) return { ...nothing(slot, 'dropped'), mustRead: true }
  }
  const isFirstLoad = via === 'read' && slot.position === undefined && slot.revision === 0
  const step = fold(slot, observation, given === undefined)
  const { position, undone, fenced, replaced } = step.standing
  return withStash({
    // Field by field: every commit folds.
    slot: {
      position,
      // forget-tokens: what was not found has no token, and those of an earlier branch order nothing.
      token: observation.type === 'absent' ? (slot.isProven ? slot.token : lowestToken) : observation.token,
      isProven: true,
      epoch: slot.epoch,
      revision: slot.revision + 1,
      // asof-event
      proofAt: asked?.at ?? -Infinity,
      stash: slot.stash,
      undone,
      fenced,
      replaced,
    },
    verdict: 'folded',
    changes: isFirstLoad ? [] : tellable(step.changes, observation),
    shown: step.isShown && observation.type === 'document' ? observation : undefined,
    mustRead: false,
    endAgain: step.endAgain,
  })
}

/** A slot apart from what orders it. */
type Standing = Pick<Slot, 'position' | 'undone' | 'fenced' | 'replaced'>

/** One fold, and what follows. */
interface Step {
  readonly standing: Standing
  readonly changes: readonly FoldedChange[]
  readonly isShown: boolean
  readonly endAgain: DocumentSeen | undefined
}

/** More lives of one key than this do not end while an end marker lives. */
const rememberedLives = 64

function nothing(slot: Slot, verdict: Folded['verdict']): Folded {
  return { slot, verdict, changes: [], shown: undefined, mustRead: false, endAgain: undefined }
}

function stash(slot: Slot, observation: Observation): Folded {
  if (observation.type === 'absent') return nothing(slot, 'dropped')
  const isNewest = slot.stash === undefined || compareTokens(observation.token, slot.stash.token) > 0
  return { ...nothing(isNewest ? { ...slot, stash: observation } : slot, 'stashed'), mustRead: true }
}

function isSame({ position, token }: Slot, observation: DocumentSeen | RemovalSeen): boolean {
  if (observation.token !== token) return false
  if (observation.type === 'removed') return position === undefined || position.isEnded
  const { life, commitId, type } = observation.document
  // A life found gone and then alive again has the same newest commit, and is not the same: it has to be ended again.
  return position?.life === life && position.commitId === commitId && position.isEnded === (type === 'ended')
}

function confirmed(slot: Slot, observation: Observation, asked: Asked | undefined): Folded {
  const shown = observation.type === 'document' ? observation : undefined
  const isNewer = asked !== undefined && asked.at > slot.proofAt
  const next = isNewer ? provenAt(slot, asked.at) : slot
  return { slot: next, verdict: 'same', changes: [], shown, mustRead: false, endAgain: undefined }
}

/** Whether the observation can come later than the slot, by lives and ids alone. */
function mayFollow(slot: Slot, observation: DocumentSeen | RemovalSeen): boolean {
  const { position } = slot
  if (observation.type === 'removed' || position === undefined) return true
  const { document } = observation
  if (position.isEnded && document.life === position.life) return true
  // undone
  if (slot.undone.length > 0 && namesUndone(document, slot.undone)) return false
  if (document.life !== position.life) {
    return !slot.fenced.includes(document.life) && !slot.replaced.includes(document.life)
  }
  return relate(position, document) !== 'undone'
}

function namesUndone(document: ScopeDocument, undone: readonly string[]): boolean {
  for (let version = document.version; ; version--) {
    const id = idAt(document, version)
    if (id === undefined) return false
    if (undone.includes(shortened(id))) return true
  }
}

function fold(slot: Slot, observation: Observation, isUnknown: boolean): Step {
  if (observation.type === 'absent') return over(slot, undefined)
  if (observation.type === 'removed') return removed(slot, observation)
  const { document, token } = observation
  const told = observation.told === undefined || observation.told === 'nothing' ? document : observation.told
  const { position, undone } = slot
  // fence, re-end
  if (slot.fenced.includes(document.life)) {
    // The end itself, of which no more than the life is remembered, or another state of its marker: why it ended is to be seen.
    if (
      document.type === 'ended' &&
      (position === undefined || (position.life === document.life && position.isEnded))
    ) {
      const { fenced, replaced } = slot
      const next = { position: nextPosition(position, document), undone, fenced, replaced }
      return showing(next, position === undefined ? firstChanges(told, token, isUnknown) : [])
    }
    return { ...over(slot, token), endAgain: document.type === 'live' ? observation : undefined }
  }
  const fenced = document.type === 'ended' ? remember(slot.fenced, document.life) : slot.fenced
  const replaced = without(slot.replaced, document.life)
  const next: Standing = { position: nextPosition(position, document), undone, fenced, replaced }
  if (position === undefined) return showing(next, firstChanges(told, token, isUnknown))
  if (position.life !== document.life) {
    // end-first, past-only
    const isReturning = slot.replaced.includes(document.life)
    const past = position.isEnded ? replaced : remember(replaced, position.life)
    const changes = [...gone(position, token, undefined), ...newLifeChanges(told, token, isReturning)]
    return showing({ ...next, replaced: past, undone: [] }, changes)
  }
  // It was told as removed; a rollback took that back.
  if (position.isEnded) return showing(next, document.type === 'live' ? newLifeChanges(told, token, true) : [])
  const relation = relate(position, document)
  // What would be told is made for nobody else.
  const isUnheard = relation === 'bridged' && document.type === 'live' && observation.isUnheard
  const changes = isUnheard ? [] : changesSince(position, relation, told, token, slot.token !== token)
  if (relation !== 'undone') return showing(next, changes)
  return showing({ ...next, undone: [...undone, ...undoneIds(position, document)] }, changes)
}

function showing(standing: Standing, changes: readonly FoldedChange[]): Step {
  return { standing, changes, isShown: true, endAgain: undefined }
}

function tellable(changes: readonly FoldedChange[], observation: Observation): readonly FoldedChange[] {
  const isUntold = observation.type === 'document' && observation.told === 'nothing'
  return isUntold ? changes.filter(({ type }) => type === 'ended') : changes
}

/** The life that is held is over, and its end was seen. */
function over(slot: Slot, token: StoreToken | undefined): Step {
  const { position } = slot
  const changes = gone(position, token, undefined)
  if (position === undefined) return { standing: slot, changes, isShown: false, endAgain: undefined }
  const fenced = remember(slot.fenced, position.life)
  const replaced = without(slot.replaced, position.life)
  return {
    standing: { position: { ...position, isEnded: true }, undone: slot.undone, fenced, replaced },
    changes,
    isShown: false,
    endAgain: undefined,
  }
}

/**
 * The feed told that the document is gone. It cannot say of which life: when the tokens of a new branch are lower, an
 * event of the dead one may seem to be about the life that took its place there. So that life is told as ended, but a
 * reader does not end it again, as one that was replaced.
 */
function removed(slot: Slot, { token, reason }: RemovalSeen): Step {
  const { position } = slot
  const changes = gone(position, token, reason === 'expired' ? 'expired' : undefined)
  if (position === undefined || position.isEnded) {
    return { standing: slot, changes, isShown: false, endAgain: undefined }
  }
  const replaced = remember(slot.replaced, position.life)
  return {
    standing: { position: { ...position, isEnded: true }, undone: slot.undone, fenced: slot.fenced, replaced },
    changes,
    isShown: false,
    endAgain: undefined,
  }
}

function without(lives: readonly Life[], life: Life): readonly Life[] {
  return lives.includes(life) ? lives.filter(other => other !== life) : lives
}

function remember(lives: readonly Life[], life: Life): readonly Life[] {
  return [...lives.filter(other => other !== life), life].slice(-rememberedLives)
}

/** The ids that were told and are not in the document, as far back as it says. */
function undoneIds(position: Position, document: ScopeDocument): readonly string[] {
  const undone: string[] = []
  for (let version = position.version; ; version--) {
    const told = shortIdAt(position, version)
    const named = idAt(document, version)
    if (told === undefined || (named === undefined && version <= document.version)) return undone
    if (named === undefined || shortened(named) !== told) undone.push(told)
  }
}

/** Folds the event that waited for this one. */
function withStash(folded: Folded): Folded {
  const { slot } = folded
  if (slot.stash === undefined) return folded
  const later = observe({ ...slot, stash: undefined }, slot.stash, 'feed')
  return {
    ...later,
    verdict: 'folded',
    changes: [...folded.changes, ...later.changes],
    shown: later.verdict === 'dropped' ? folded.shown : later.shown,
    endAgain: later.endAgain ?? folded.endAgain,
  }
}
