import type { MergeContest } from './conflict.ts'

/**
 * How two changes of one place become one. A definition maps patterns to them: `merge: { hits: counter() }`. Make one
 * with `counter`, `listBy`, `set`, `append`, `lastWriter`, `firstWriter` or `reject`, or write a function.
 */
export type MergePolicy = TypedPolicy | SidePolicy | MergeFunction

/** Takes two changes of a value of its type together: asked once, at the very path that its pattern names. */
export type TypedPolicy =
  | { readonly type: 'counter' }
  /** `key` is the property that tells the elements of the list apart. */
  | { readonly type: 'listBy'; readonly key: string }
  | { readonly type: 'set' }
  | { readonly type: 'append' }

/** Decides every conflict at its path or below, each by itself. */
export interface SidePolicy {
  readonly type: 'lastWriter' | 'firstWriter' | 'reject'
  /** The value at the path is one: two changes of any of its parts are a conflict of the whole. */
  readonly isAtomic: boolean
}

/**
 * The value that two changes come to; undefined: none. It must be pure and synchronous. It is asked where its pattern
 * matches in full, whatever both sides did there; with a trailing `**` at each conflict below.
 *
 * ```ts
 * merge: { lastSeen: ({ ours, theirs }) => (Number(ours) > Number(theirs) ? ours : theirs) }
 * ```
 */
export type MergeFunction = (contest: MergeContest) => unknown

/** Who decides about a conflict. */
export type Decider = SidePolicy | MergeFunction

/** Who is asked for a value as a whole, instead of for the conflicts in it. */
export type Governor = TypedPolicy | SidePolicy | MergeFunction
