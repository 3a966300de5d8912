/** One change of one document, as the log keeps it: what happened to which key, not the bytes. */
export interface MemoryChange {
  readonly key: string
  /** Set when the change was a removal. */
  readonly removed: 'deleted' | 'expired' | undefined
}

/** A question for the end of the log, to be answered by every reader that has come so far. */
export interface MemoryProbe {
  /** Counts the probes. */
  readonly number: number
  /** The newest change when it was asked. */
  readonly last: number
  /** Monotonic milliseconds at which it was asked. */
  readonly asOf: number
}

/**
 * The changes of a memory store, numbered 1, 2, 3 …; the newest `length` of them can be read. Readers pull and none has
 * a queue of its own: one that falls behind finds its place overwritten (`floor`).
 */
export class MemoryLog {
  readonly #ring: MemoryChange[] = []
  readonly #newest = new Map<string, number>()
  readonly #sleepers = new Set<() => void>()
  readonly #length: number
  #last = 0
  #probe: MemoryProbe = { number: 0, last: 0, asOf: -Infinity }

  constructor(length: number) {
    this.#length = length
  }

  /** The number of the newest change; 0 when there was none. */
  get last(): number {
    return this.#last
  }

  /** Changes up to this number are no longer here. */
  get floor(): number {
    return Math.max(0, this.#last - this.#length)
  }

  /** The newest probe. */
  get probe(): MemoryProbe {
    return this.#probe
  }

  /** The change with this number, which must be above `floor` and not above `last`. */
  at(number: number): MemoryChange | undefined {
    return this.#ring[number % this.#length]
  }

  /** Whether no later change names the same key, so that the current document is the one that `number` announced. */
  isNewest(change: MemoryChange, number: number): boolean {
    return this.#newest.get(change.key) === number
  }

  /** Afterwards the change is the newest, and those who wait have been woken. Returns its number. */
  push(change: MemoryChange): number {
    const number = ++this.#last
    const place = number % this.#length
    const overwritten = this.#ring[place]
    // Only keys that the log still names are kept here; otherwise removed keys would stay for ever.
    if (overwritten !== undefined && this.#newest.get(overwritten.key) === number - this.#length) {
      this.#newest.delete(overwritten.key)
    }
    this.#ring[place] = change
    this.#newest.set(change.key, number)
    this.wake()
    return number
  }

  /** Afterwards every reader will say when it has come to where the log ends now. */
  ask(asOf: number): void {
    this.#probe = { number: this.#probe.number + 1, last: this.#last, asOf }
    this.wake()
  }

  /** Calls back at the next `wake`, once. Returns how to take that back. */
  onWake(callback: () => void): () => void {
    this.#sleepers.add(callback)
    return () => void this.#sleepers.delete(callback)
  }

  /** Afterwards everybody who waited is looking again. */
  wake(): void {
    const sleepers = [...this.#sleepers]
    this.#sleepers.clear()
    for (const callback of sleepers) callback()
  }
}
