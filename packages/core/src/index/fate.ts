import type { View } from '../commit/commit-state.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import type { IndexEntry } from './index-document.ts'

/** What is to be done so that the scope of an entry is over, and nothing of it can come to life any more. */
export type Fate =
  /** Nothing: it has ended, or it is another life, or it has moved on to another value. */
  | { readonly type: 'over' }
  /** Nothing here: a rotation has moved it, and the index names what came from it. */
  | { readonly type: 'rotated' }
  /** It lives, with the value, or the commit that brings it may be on its way. */
  | { readonly type: 'end' }
  /**
   * It may be about to be created, or to be confirmed by a rotation: nobody is to be told of an end, but what is on its way
   * must find another document than it expects (lease protocol I2, I4).
   */
  | { readonly type: 'bury' }

/** What a look at the document of an entry means (lease protocol §6). `hasValue`: the state has the value of the index. */
export function fateOf(entry: IndexEntry, view: View, hasValue: (document: LiveDocument) => boolean): Fate {
  const document = view?.document
  if (document === undefined) return { type: 'bury' }
  if (document.type === 'ended') {
    // The marker of an earlier life, which the creation of this one may be about to replace.
    if (document.life !== entry.life) return { type: 'bury' }
    return { type: document.reason === 'rotated' ? 'rotated' : 'over' }
  }
  if (document.life !== entry.life) return { type: 'over' }
  if (document.facts.isProvisional) return { type: 'bury' }
  return { type: hasValue(document) || document.version < entry.version ? 'end' : 'over' }
}
