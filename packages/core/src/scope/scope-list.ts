import type { Life } from '../document/scope-document.ts'
import type { PartitionChange, ScopeChange } from '../feed/scope-change.ts'

/** A living scope in a list. */
export interface ListedScope<S = unknown> {
  readonly value: S
  readonly life: Life
  readonly version: number
  /** Milliseconds since 1970; undefined: never. */
  readonly deadline: number | undefined
}

/** The living scopes that changes tell of, by id. */
export class ScopeList {
  readonly living: Map<string, ListedScope> = new Map()
  readonly #caughtUp = new Set<number>()

  /** How many partitions have told all that they had. */
  get caughtUp(): number {
    return this.#caughtUp.size
  }

  take(change: ScopeChange | PartitionChange): void {
    switch (change.type) {
      case 'caught-up':
        this.#caughtUp.add(change.partition)
        return
      case 'rolled-back':
      case 'lost':
        // All that is there follows; what is told again is the same.
        this.#caughtUp.delete(change.partition)
        return
      case 'ended':
        this.living.delete(change.key.id)
        return
      case 'created':
      case 'updated':
      case 'touched':
      case 'reset': {
        const { key, value, life, version, deadline } = change
        this.living.set(key.id, { value, life, version, deadline: deadline === 0 ? undefined : deadline * 1000 })
        return
      }
      default:
        return change satisfies never
    }
  }
}
