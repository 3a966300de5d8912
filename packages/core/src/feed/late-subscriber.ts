import { documentKey } from '../document/scope-key.ts'
import type { PartitionChange, ScopeChange } from './scope-change.ts'

/** How many scopes a subscriber is remembered to know. A forgotten one costs one `reset` (`first`). */
const mostKnown = 100_000

/**
 * What a subscriber hears who joins others that are being told already. They know scopes that he does not: the first that
 * he hears of a scope is a `reset` (`first`) where to them it is an `updated` (replica protocol `first-reset`). Without
 * it he would apply patches to a value that he may not have.
 */
export class LateSubscriber {
  readonly #known = new Set<string>()

  /** The change as it is to be told to him. */
  hear(change: ScopeChange | PartitionChange): ScopeChange | PartitionChange {
    if (!('key' in change)) return change
    const name = documentKey(change.key)
    const isKnown = this.#known.has(name)
    if (!isKnown) this.#remember(name)
    if (isKnown || (change.type !== 'updated' && change.type !== 'touched')) return change
    const { key, life, version, commitId, value, deadline, token, feedToken } = change
    const reset = { type: 'reset', reason: 'first', missed: undefined } as const
    return { ...reset, key, life, version, commitId, value, deadline, token, feedToken }
  }

  #remember(name: string): void {
    this.#known.add(name)
    if (this.#known.size <= mostKnown) return
    const oldest = this.#known.values().next()
    if (!oldest.done) this.#known.delete(oldest.value)
  }
}
