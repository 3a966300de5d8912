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
  /** The keys of each partition, where there is more than one: all of a thousand may have to be read again. */
  readonly #keys = new Map<number, Set<string>>()
  #partition: number | undefined
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
    const known = this.#living.get(documentKey) ?? this.#ended.get(documentKey)
    this.#living.delete(documentKey)
    this.#ended.delete(documentKey)
    if (slot.position === undefined) return known && this.#unindex(known)
    const entries = slot.position.isEnded ? this.#ended : this.#living
    entries.set(documentKey, { address, slot })
    if (known === undefined) this.#index(address)
    if (this.#living.size + this.#ended.size > this.#max) this.#forget()
  }

  /** What is held of a partition now. */
  of(partition: number): readonly PositionEntry[] {
    if (this.#partition === partition) return [...this.#living.values(), ...this.#ended.values()]
    const keys = [...(this.#keys.get(partition) ?? [])]
    return keys.flatMap(key => this.#living.get(key) ?? this.#ended.get(key) ?? [])
  }

  #index({ documentKey, partition }: ScopeAddress): void {
    if (this.#keys.size === 0) {
      this.#partition ??= partition
      if (this.#partition === partition) return
      for (const entries of [this.#living, this.#ended]) for (const { address } of entries.values()) this.#add(address)
      this.#partition = undefined
    }
    this.#add({ documentKey, partition })
  }

  #add({ documentKey, partition }: Pick<ScopeAddress, 'documentKey' | 'partition'>): void {
    const keys = this.#keys.get(partition)
    if (keys) keys.add(documentKey)
    else this.#keys.set(partition, new Set([documentKey]))
  }

  #unindex({ address: { documentKey, partition } }: PositionEntry): void {
    this.#keys.get(partition)?.delete(documentKey)
  }

  #forget(): void {
    for (const [documentKey, entry] of this.#ended) {
      this.#unindex(entry)
      return void this.#ended.delete(documentKey)
    }
    for (const [documentKey, entry] of this.#living) {
      this.#hasForgotten = true
      this.#unindex(entry)
      return void this.#living.delete(documentKey)
    }
  }
}
