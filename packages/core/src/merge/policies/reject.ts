import type { SidePolicy } from '../policy.ts'
import { type AtomicOptions, readAtomic } from './atomic-options.ts'

/**
 * A conflict refuses the later commit: `ConflictError` with every such place, nothing is written. `{ atomic: true }`: any
 * two changes of the value are a conflict.
 *
 * ```ts
 * merge: { 'order.state': reject() }
 * ```
 * @throws InvalidArgumentError for other options.
 */
export function reject(options: AtomicOptions = {}): SidePolicy {
  return { type: 'reject', isAtomic: readAtomic('reject', options) }
}
