import type { HistoryEvent } from './history.ts'

/** The name of what is wrong. */
export type ViolationKind =
  | 'lost-update'
  | 'duplicated-commit'
  | 'version-gap'
  | 'false-outcome'
  | 'non-monotonic-read'
  | 'unread-own-write'
  | 'stale-read'
  | 'revival'
  | 'divergence'
  | 'observer-order'
  | 'observer-gap'
  | 'observer-final'
  | 'lock-overtaken'
  | 'ended-early'
  | 'outlived'
  | 'end-untold'
  | 'end-told-again'
  | 'end-untrue'

/** What a history can be found guilty of, in words. */
export const violationKinds: Readonly<Record<ViolationKind, string>> = {
  /** A write that was acknowledged is not there, or not whole, or something that was taken away is back. */
  'lost-update': 'an acknowledged write is missing',
  /** A write is there more often than once, or something succeeded twice that can only happen once. */
  'duplicated-commit': 'something happened twice',
  /** A version is missing, used twice, or does not say what its state holds. */
  'version-gap': 'versions do not count the commits',
  /** A failure was reported with outcome none and the write is there, or it had no cause, or nobody wrote what is there. */
  'false-outcome': 'a result is not true',
  /** A handle showed an older state than before. */
  'non-monotonic-read': 'a handle went back',
  /** A handle did not show what was written through it. */
  'unread-own-write': 'a handle does not show its own write',
  /** A handle that was opened by asking the store did not show what had been acknowledged before. */
  'stale-read': 'an opening missed what was there',
  /** A life that had ended went on. */
  revival: 'an ended scope lives',
  /** Two places show different things as the same, or a replica does not show the final state. */
  divergence: 'two places do not agree',
  /** An observer was told something late, twice or after the end. */
  'observer-order': 'an observer was told things out of order',
  /** An observer was not told something, nor that it was left out. */
  'observer-gap': 'an observer missed something in silence',
  /** An observer was not told the final state. */
  'observer-final': 'an observer was left behind',
  /** Under one lock somebody wrote to a scope after a later holder had, or two holders wrote by turns. */
  'lock-overtaken': 'a holder wrote over a later one',
  /** A scope was ended because nobody used it before that time, even by the clock that was ahead most. */
  'ended-early': 'a scope was ended before its time',
  /** Whoever asked the store was shown a scope whose time was over, even by the clock that was behind most. */
  outlived: 'a scope was shown after its time',
  /** A scope ended, and no handler has ever succeeded for it. */
  'end-untold': 'nobody was told of an end',
  /** A process told an end again for which its handlers had succeeded, or an end was told twice though nothing went wrong. */
  'end-told-again': 'an end was told again',
  /** A handler was told of an end that was none, with a reason that is not true, or under the name of another. */
  'end-untrue': 'a handler was told what is not true',
}

/** Something that must not happen, and the events that show it. */
export interface Violation {
  readonly kind: ViolationKind
  /** What it is about: a mark, a handle, an observer, a scope. With the kind it names the violation. */
  readonly subject: string
  /** One sentence. */
  readonly message: string
  readonly events: readonly HistoryEvent[]
}
