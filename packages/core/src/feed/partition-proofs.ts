/** How far a reading of the feed has come, by partition: what it has proven to have delivered. */
export class PartitionProofs {
  readonly #count: () => number
  /** Those that have caught up since the reading was opened or set back. */
  readonly #current = new Set<number>()
  /** Monotonic milliseconds as of which everything has been delivered. */
  readonly #asOf = new Map<number, number>()
  /** How many partitions have the same: they are asked together, so the oldest of a thousand is found among a few. */
  readonly #sharing = new Map<number, number>()
  /** Looked for once after it may have changed: every `open` asks for it. */
  #oldest: number | undefined

  /** @param count how many the feed has; 0 while it does not know, which it does when it has told something */
  constructor(count: () => number) {
    this.#count = count
  }

  /** Every partition has caught up since it was opened or set back. */
  get isComplete(): boolean {
    return this.#current.size > 0 && this.#current.size === this.#count()
  }

  /** As of when everything that was stored has been delivered; -Infinity before all have said so. */
  get oldest(): number {
    return (this.#oldest ??= this.#findOldest())
  }

  /** Everything of the partition that was stored at `asOf` has been delivered. */
  caughtUp(partition: number, asOf: number): void {
    this.#current.add(partition)
    const before = this.#asOf.get(partition)
    if (before !== undefined && before >= asOf) return
    this.#leave(before)
    this.#asOf.set(partition, asOf)
    this.#sharing.set(asOf, (this.#sharing.get(asOf) ?? 0) + 1)
    // Before the first proof of all it is -Infinity for another reason.
    if (before === undefined) this.#oldest = undefined
  }

  /** What was delivered of the partition may have been taken back, or not have been all. */
  setBack(partition: number): void {
    this.#current.delete(partition)
    this.#leave(this.#asOf.get(partition))
    this.#asOf.delete(partition)
    this.#oldest = undefined
  }

  /** The feed was opened again where it was: what it had proven stays true, that it has caught up does not. */
  reopened(): void {
    this.#current.clear()
  }

  /** The proof of one partition, or of the worst where the partition is not known. */
  of(partition: number | undefined): number {
    return partition === undefined ? this.oldest : (this.#asOf.get(partition) ?? -Infinity)
  }

  #leave(asOf: number | undefined): void {
    if (asOf === undefined) return
    const left = (this.#sharing.get(asOf) ?? 0) - 1
    if (left > 0) return void this.#sharing.set(asOf, left)
    this.#sharing.delete(asOf)
    if (asOf === this.#oldest) this.#oldest = undefined
  }

  #findOldest(): number {
    if (this.#asOf.size === 0 || this.#asOf.size < this.#count()) return -Infinity
    let oldest = Infinity
    for (const asOf of this.#sharing.keys()) oldest = Math.min(oldest, asOf)
    return oldest
  }
}
