import type { ChangeFeed, FeedCoverage, FeedMessage, FeedOptions } from '@scopes/core'

/** Where one reading of a feed stands. */
interface Reading {
  /** Of the newest `caught-up` of each partition that its reader has dealt with. */
  readonly asOf: Map<number, number>
}

/** A feed that knows when all its readers have dealt with everything. */
export class FollowedFeed implements ChangeFeed {
  readonly #feed: ChangeFeed
  readonly #readings = new Set<Reading>()

  constructor(feed: ChangeFeed) {
    this.#feed = feed
  }

  get coverage(): FeedCoverage {
    return this.#feed.coverage
  }

  get partitions(): number {
    return this.#feed.partitions
  }

  open(options?: FeedOptions): AsyncIterable<FeedMessage> {
    const messages = this.#feed.open(options)
    return { [Symbol.asyncIterator]: () => this.#follow(messages) }
  }

  probe(options?: Parameters<ChangeFeed['probe']>[0]): Promise<void> {
    return this.#feed.probe(options)
  }

  /** Every reader has dealt with all that was stored at `asOf`, monotonic milliseconds. */
  isCaughtUp(asOf: number): boolean {
    return [...this.#readings].every(reading => this.#isCaughtUp(reading, asOf))
  }

  #isCaughtUp(reading: Reading, asOf: number): boolean {
    for (let partition = 0; partition < this.partitions; partition++) {
      if ((reading.asOf.get(partition) ?? -Infinity) < asOf) return false
    }
    return true
  }

  async *#follow(messages: AsyncIterable<FeedMessage>): AsyncGenerator<FeedMessage, void, undefined> {
    const reading: Reading = { asOf: new Map() }
    this.#readings.add(reading)
    try {
      for await (const message of messages) {
        yield message
        // Here again: the reader has dealt with it.
        if (message.type === 'caught-up') reading.asOf.set(message.partition, message.asOf)
      }
    } finally {
      this.#readings.delete(reading)
    }
  }
}
