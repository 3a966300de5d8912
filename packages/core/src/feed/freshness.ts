import { idAt } from '../document/commit-ids.ts'
import type { Life, LiveDocument, ScopeDocument } from '../document/scope-document.ts'
import type { Stamp } from '../document/stamp.ts'
import { shortened, type Slot } from './slot.ts'

/** What `open` found of the stamp that it was given. */
export type Freshness =
  /** The value holds the stamped commit. */
  | 'contained'
  /** The store acknowledged the stamped commit and has lost it. */
  | 'lost'
  /** The life of the stamp is over. */
  | 'ended'
  /** The document no longer names a commit that old; the newest value is shown. */
  | 'unknown'

/**
 * What memory says of a stamp, or undefined when the store has to be asked: only what holds the commit, or saw the end of
 * that very life, answers. `shown` is the document that the slot stands for.
 */
export function freshnessInMemory(
  slot: Slot,
  shown: ScopeDocument | undefined,
  stamp: Stamp,
): 'contained' | 'ended' | undefined {
  const { position, isProven } = slot
  // stamp-life: another life than the held one is decided by the store.
  if (!isProven || position === undefined || position.life !== stamp.life) return undefined
  if (position.isEnded) return 'ended'
  // stamp-window: what the document does not name is not contained.
  return shown !== undefined && holds(shown, stamp) === true ? 'contained' : undefined
}

/**
 * What an answer of the store says of a stamp, when it was asked for after the last fold. `shown` is what it made memory
 * show: a life whose end was seen is not shown, whatever the store says.
 */
export function freshnessInAnswer(
  answer: ScopeDocument | undefined,
  shown: ScopeDocument | undefined,
  stamp: Stamp,
): Freshness {
  if (!isAlive(answer, stamp.life) || !isAlive(shown, stamp.life)) return 'ended'
  if (answer.version < stamp.version) return 'lost'
  const isHeld = holds(answer, stamp)
  return isHeld === undefined ? 'unknown' : isHeld ? 'contained' : 'lost'
}

function isAlive(document: ScopeDocument | undefined, life: Life): document is LiveDocument {
  return document?.type === 'live' && document.life === life
}

/** Whether the stamped commit is in the document; undefined when the document does not say. */
function holds(document: ScopeDocument, { version, shortId }: Stamp): boolean | undefined {
  if (document.version < version) return false
  // stamp-id
  const id = idAt(document, version)
  return id === undefined ? undefined : shortened(id) === shortId
}
