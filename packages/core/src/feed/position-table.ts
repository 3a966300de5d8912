import type { ScopeKey } from '../document/scope-key.ts'
import type { Slot } from './slot.ts'

/** A scope, as the messages of a feed name it. */
export interface ScopeAddress {
  readonly key: ScopeKey
  readonly documentKey: string
  readonly partition: number
}

/** A scope and what was told of it. */
export interface PositionEntry {
  readonly address: ScopeAddress
  readonly slot: Slot
}

/** The slots of a subscription by document key, at most `max` of them. */
export class PositionTable {
  readonly #max: number
  // Ended scopes are forgotten first, in the order of their last events: hardly anything follows that needs their slot.
  readonly #living = new Map<string, PositionEntry>()
  readonly #ended = new Map<string, PositionEntry>()
  #hasForgotten = false

  constructor(max: number) {
    this.#max = max
  }

  /** The slot of a living scope was dropped: a key that has none may have been told before. */
  get hasForgotten(): boolean {
    return this.#hasForgotten
  }

  get(documentKey: string): Slot | undefined {
    return (this.#living.get(documentKey) ?? this.#ended.get(documentKey))?.slot
  }

  /** Afterwards the scope has this slot, and its turn to be forgotten comes last. Without a position it is not kept. */
  set(address: ScopeAddress, slot: Slot): void {
    const { documentKey } = address
    this.#living.delete(documentKey)
    this.#ended.delete(documentKey)
    if (slot.position === undefined) return
    const entries = slot.position.isEnded ? this.#ended : this.#living
    entries.set(documentKey, { address, slot })
    if (this.#living.size + this.#ended.size > this.#max) this.#forget()
  }

  /** What is held of a partition now. */
  of(partition: number): readonly PositionEntry[] {
    return [...this.#living.values(), ...this.#ended.values()].filter(({ address }) => address.partition === partition)
  }

  #forget(): void {
    for (const documentKey of this.#ended.keys()) return void this.#ended.delete(documentKey)
    for (const documentKey of this.#living.keys()) {
      this.#hasForgotten = true
      return void this.#living.delete(documentKey)
    }
  }
}
