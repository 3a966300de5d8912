/** How far a reading of the feed has come, by partition: what it has proven to have delivered. */
export class PartitionProofs {
  readonly #partitions: number
  /** Those that have caught up since the reading was opened or set back. */
  readonly #current = new Set<number>()
  /** Monotonic milliseconds as of which everything has been delivered. */
  readonly #asOf = new Map<number, number>()
  /** Looked for once after each change: every `open` asks for it. */
  #oldest: number | undefined

  /** @param partitions how many the feed has */
  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** Every partition has caught up since it was opened or set back. */
  get isComplete(): boolean {
    return this.#current.size === this.#partitions
  }

  /** As of when everything that was stored has been delivered; -Infinity before all have said so. */
  get oldest(): number {
    return (this.#oldest ??= this.#findOldest())
  }

  /** Everything of the partition that was stored at `asOf` has been delivered. */
  caughtUp(partition: number, asOf: number): void {
    this.#current.add(partition)
    this.#asOf.set(partition, Math.max(asOf, this.#asOf.get(partition) ?? -Infinity))
    this.#oldest = undefined
  }

  /** What was delivered of the partition may have been taken back, or not have been all. */
  setBack(partition: number): void {
    this.#current.delete(partition)
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

  #findOldest(): number {
    if (this.#asOf.size < this.#partitions) return -Infinity
    let oldest = Infinity
    for (const asOf of this.#asOf.values()) oldest = Math.min(oldest, asOf)
    return oldest
  }
}
