import type { SidePolicy } from '../policy.ts'
import { type AtomicOptions, readAtomic } from './atomic-options.ts'

/**
 * The default. Of two writes of one place the later commit's stands; a write or delete stands against changes inside the
 * old value, whichever came first, because what they changed is gone. `{ atomic: true }`: the value is never merged by
 * its parts.
 *
 * ```ts
 * merge: { price: lastWriter({ atomic: true }) } // { amount, currency }
 * ```
 * @throws InvalidArgumentError for other options.
 */
export function lastWriter(options: AtomicOptions = {}): SidePolicy {
  return { type: 'lastWriter', isAtomic: readAtomic('lastWriter', options) }
}
