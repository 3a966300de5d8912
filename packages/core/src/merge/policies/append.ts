import type { TypedPolicy } from '../policy.ts'
import { refuseArguments } from './refuse-arguments.ts'

/**
 * A list that both sides may start, or write anew: what either put in stays, the earlier commit's first.
 *
 * ```ts
 * merge: { log: append() }
 * ```
 */
export function append(...nothing: readonly never[]): TypedPolicy {
  refuseArguments('append', nothing)
  return { type: 'append' }
}
