import type { ChangeFeed, FeedMessage, FeedOptions } from '@scopes/core'

/** Where one reading of a feed stands. */
interface Reading {
  /** Of the newest `caught-up` that its reader has dealt with. */
  asOf: number
}

/** A feed that knows when all its readers have dealt with everything. */
export class FollowedFeed implements ChangeFeed {
  readonly #feed: ChangeFeed
  readonly #readings = new Set<Reading>()

  constructor(feed: ChangeFeed) {
    this.#feed = feed
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
    return [...this.#readings].every(reading => reading.asOf >= asOf)
  }

  async *#follow(messages: AsyncIterable<FeedMessage>): AsyncGenerator<FeedMessage, void, undefined> {
    const reading: Reading = { asOf: -Infinity }
    this.#readings.add(reading)
    try {
      for await (const message of messages) {
        yield message
        // Here again: the reader has dealt with it.
        if (message.type === 'caught-up') reading.asOf = message.asOf
      }
    } finally {
      this.#readings.delete(reading)
    }
  }
}
