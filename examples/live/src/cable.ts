import { type ChangeFeed, type FeedMessage, type FeedOptions, StoreUnavailableError } from '@scopes/core'

/** The line between a process and the source of its changes feed. Where the source is a file nobody trips over it, so this one can be cut. */
export class Cable implements ChangeFeed {
  readonly coverage: ChangeFeed['coverage']
  readonly partitions: number
  readonly #feed: ChangeFeed
  #isCut = new AbortController()

  constructor(feed: ChangeFeed) {
    this.#feed = feed
    this.coverage = feed.coverage
    this.partitions = feed.partitions
  }

  /** Afterwards whatever reads the feed has failed, and so does whatever opens it. */
  cut(): void {
    this.#isCut.abort()
  }

  /** Afterwards the feed can be opened again. */
  restore(): void {
    this.#isCut = new AbortController()
  }

  async *open(options: FeedOptions = {}): AsyncGenerator<FeedMessage, void> {
    const { signal: cut } = this.#isCut
    const signal = options.signal ? AbortSignal.any([options.signal, cut]) : cut
    if (!cut.aborted) yield* this.#feed.open({ ...options, signal })
    if (cut.aborted) throw new StoreUnavailableError('The cable is cut.')
  }

  async probe(options: Parameters<ChangeFeed['probe']>[0]): Promise<void> {
    if (this.#isCut.signal.aborted) throw new StoreUnavailableError('The cable is cut.')
    await this.#feed.probe(options)
  }
}
