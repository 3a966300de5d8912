import type { TypedPolicy } from '../policy.ts'
import { refuseArguments } from './refuse-arguments.ts'

/**
 * An array (or a Set) of members without order or duplicates: what either side added is there once, what either removed
 * is gone. Where nothing stood, both sides add.
 *
 * ```ts
 * merge: { tags: set() }
 * ```
 */
export function set(...nothing: readonly never[]): TypedPolicy {
  refuseArguments('set', nothing)
  return { type: 'set' }
}
