const levels = 4
const slotsPerLevel = 256

/**
 * Keys by the second at which they are due: setting and deleting cost the same however many there are, and so does a second
 * in which nothing is due. Four levels of 256 slots reach as far as unix seconds of 32 bits do, so no time is too long.
 *
 * A key stands at the level of the highest byte in which its second differs from the present one. When that byte changes,
 * the keys of its slot move down; each moves three times at most.
 */
export class TimerWheel {
  readonly #seconds = new Map<string, number>()
  readonly #slots: (Set<string> | undefined)[] = Array.from({ length: levels * slotsPerLevel }, () => undefined)
  readonly #counts: number[] = Array.from({ length: levels }, () => 0)
  /** Keys whose second was past when they were set. */
  readonly #past = new Set<string>()
  #now: number

  /** @param now the present second, from 0 to 2^32 − 1 */
  constructor(now: number) {
    this.#now = now
  }

  /** How many keys there are. */
  get size(): number {
    return this.#seconds.size
  }

  /** When the key is due; undefined: it is not there. */
  get(key: string): number | undefined {
    return this.#seconds.get(key)
  }

  /** Afterwards the key is due at this second, and at no other; where that is past, as soon as time goes on. */
  set(key: string, second: number): void {
    const due = Math.min(second, 0xffff_ffff)
    if (this.#seconds.get(key) === due) return
    this.delete(key)
    this.#seconds.set(key, due)
    this.#place(key, due)
  }

  /** Afterwards the key is not there. */
  delete(key: string): void {
    const second = this.#seconds.get(key)
    if (second === undefined) return
    this.#seconds.delete(key)
    if (this.#past.delete(key)) return
    const level = this.#levelOf(second)
    if (this.#slots[slotOf(level, second)]?.delete(key)) this.#counts[level] = (this.#counts[level] ?? 0) - 1
  }

  /** Every key, whenever it is due. */
  keys(): IterableIterator<string> {
    return this.#seconds.keys()
  }

  /**
   * Afterwards it is this second. @returns the keys that are due by then, in the order of their seconds; they are not there
   * any more. A clock that was set back is followed: all keys find their places again, which costs O(keys).
   */
  advance(now: number): readonly string[] {
    if (now < this.#now) this.#setBack(now)
    const due: string[] = []
    if (now > this.#now) {
      this.#collect(this.#past, due)
      this.#past.clear()
    }
    while (this.#now < now) {
      this.#now = this.#nextStop(now)
      for (let level = levels - 1; level > 0; level--) {
        if (this.#now % span(level) === 0) this.#moveDown(level)
      }
      this.#collect(this.#take(0), due)
    }
    return due
  }

  #collect(keys: Iterable<string>, due: string[]): void {
    for (const key of keys) {
      this.#seconds.delete(key)
      due.push(key)
    }
  }

  /** The next second at which something may have to be done: where the lowest level that is not empty turns. */
  #nextStop(limit: number): number {
    const level = this.#counts.findIndex(count => count > 0)
    if (level < 1) return level < 0 ? limit : this.#now + 1
    return Math.min(limit, (Math.floor(this.#now / span(level)) + 1) * span(level))
  }

  #moveDown(level: number): void {
    for (const key of this.#take(level)) {
      const second = this.#seconds.get(key)
      if (second !== undefined) this.#put(key, second)
    }
  }

  /** The keys of the level's present slot, which is empty afterwards. */
  #take(level: number): Iterable<string> {
    const slot = slotOf(level, this.#now)
    const keys = this.#slots[slot]
    if (keys === undefined) return []
    this.#slots[slot] = undefined
    this.#counts[level] = (this.#counts[level] ?? 0) - keys.size
    return keys
  }

  #place(key: string, second: number): void {
    if (second <= this.#now) this.#past.add(key)
    else this.#put(key, second)
  }

  #put(key: string, second: number): void {
    const level = this.#levelOf(second)
    const slot = slotOf(level, second)
    const keys = (this.#slots[slot] ??= new Set())
    keys.add(key)
    this.#counts[level] = (this.#counts[level] ?? 0) + 1
  }

  #levelOf(second: number): number {
    const difference = (second ^ this.#now) >>> 0
    return difference < 2 ** 8 ? 0 : difference < 2 ** 16 ? 1 : difference < 2 ** 24 ? 2 : 3
  }

  #setBack(now: number): void {
    this.#now = now
    this.#past.clear()
    this.#slots.fill(undefined)
    this.#counts.fill(0)
    for (const [key, second] of this.#seconds) this.#place(key, second)
  }
}

/** Seconds that one slot of the level stands for. */
function span(level: number): number {
  return slotsPerLevel ** level
}

function slotOf(level: number, second: number): number {
  return level * slotsPerLevel + (Math.floor(second / span(level)) % slotsPerLevel)
}
