import type { SidePolicy } from '../policy.ts'
import { type AtomicOptions, readAtomic } from './atomic-options.ts'

/**
 * Of two changes that exclude each other the one that was stored first stands. `{ atomic: true }`: the value is never
 * merged by its parts.
 *
 * ```ts
 * merge: { 'seats.*': firstWriter() } // who booked a seat has it
 * ```
 * @throws InvalidArgumentError for other options.
 */
export function firstWriter(options: AtomicOptions = {}): SidePolicy {
  return { type: 'firstWriter', isAtomic: readAtomic('firstWriter', options) }
}
