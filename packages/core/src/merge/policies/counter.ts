import type { TypedPolicy } from '../policy.ts'
import { refuseArguments } from './refuse-arguments.ts'

/**
 * Changes of a number (or of a bigint) add up: two requests that each count one make two, and an assignment counts as the
 * difference that it makes. Where it stood nothing, 0 is counted from.
 *
 * ```ts
 * merge: { hits: counter(), 'visits.*': counter() }
 * ```
 */
export function counter(...nothing: readonly never[]): TypedPolicy {
  refuseArguments('counter', nothing)
  return { type: 'counter' }
}
