import { setImmediate } from 'node:timers/promises'

import { InvalidArgumentError, type ChangeFeed, type FeedMessage, type FeedOptions, type FeedToken } from '@scopes/core'

import type { SeededRandom } from '../seeded-random.ts'

/** Where one partition stands. */
type Start = NonNullable<FeedOptions['since']>

/** How a feed is divided. */
export interface PartitionedFeedOptions {
  readonly partitions: number
  readonly random: SeededRandom
}

/**
 * A feed with one order as one with several: each key belongs to a partition, each partition keeps its order, and which of
 * them goes on first is up to chance.
 */
export function partitionedFeed(feed: ChangeFeed, { partitions, random }: PartitionedFeedOptions): ChangeFeed {
  if (feed.partitions !== 1) throw new InvalidArgumentError('Only a feed with one partition can be divided.')
  return {
    coverage: feed.coverage,
    partitions,
    probe: options => feed.probe(options),
    open: (options = {}) => {
      const starts = startsOf(options.since ?? 'now', partitions)
      // A token that is none is for the feed to refuse.
      if (starts === undefined) return feed.open(options)
      const opened = starts.map(since => feed.open({ ...options, since }))
      return {
        [Symbol.asyncIterator]: () =>
          new MergedReading(
            opened.map(messages => messages[Symbol.asyncIterator]()),
            starts,
            { partitions, random },
          ),
      }
    },
  }
}

/** The messages of several readings of one feed, each of which stands for one partition. */
class MergedReading implements AsyncIterator<FeedMessage, void> {
  readonly #sources: readonly AsyncIterator<FeedMessage, unknown>[]
  readonly #options: PartitionedFeedOptions
  readonly #positions: Start[]
  /** The pull of each that has not been delivered. */
  readonly #pulls: (Promise<void> | undefined)[]
  /** What the pull of each has brought. */
  readonly #brought: (IteratorResult<FeedMessage, unknown> | undefined)[]
  #isOver = false

  constructor(
    sources: readonly AsyncIterator<FeedMessage, unknown>[],
    starts: readonly Start[],
    options: PartitionedFeedOptions,
  ) {
    this.#sources = sources
    this.#options = options
    this.#positions = [...starts]
    this.#pulls = sources.map(() => undefined)
    this.#brought = sources.map(() => undefined)
  }

  async next(): Promise<IteratorResult<FeedMessage, void>> {
    while (!this.#isOver) {
      const pulls = this.#sources.map((_, partition) => this.#pull(partition))
      // Before all are there, no token can say where those stand that have not spoken.
      await (this.#positions.includes('now') ? Promise.all(pulls) : Promise.race(pulls))
      // Others may have something to say in this turn too.
      await setImmediate()
      const message = this.#take()
      if (message) return { done: false, value: message }
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<FeedMessage, void>> {
    this.#isOver = true
    await Promise.all(this.#sources.map(async source => source.return?.()))
    return { done: true, value: undefined }
  }

  #pull(partition: number): Promise<void> {
    return (this.#pulls[partition] ??= this.#bring(partition))
  }

  async #bring(partition: number): Promise<void> {
    this.#brought[partition] = await this.#sources[partition]?.next()
  }

  /** One of the messages that are there; undefined: it was of no interest. */
  #take(): FeedMessage | undefined {
    const ready = [...this.#brought.keys()].filter(partition => this.#brought[partition] !== undefined)
    if (this.#positions.includes('now')) this.#begin()
    const partition = this.#options.random.pick(ready)
    const result = this.#brought[partition]
    this.#brought[partition] = undefined
    this.#pulls[partition] = undefined
    if (result === undefined) return undefined
    if (result.done === true) {
      this.#isOver = true
      return undefined
    }
    const { value: message } = result
    this.#positions[partition] = message.feedToken
    if ('key' in message && partitionOf(message.key, this.#options.partitions) !== partition) return undefined
    return { ...message, partition, feedToken: tokenOf(this.#positions) }
  }

  /** Each begins with a `caught-up`, which covers nothing that is to come. */
  #begin(): void {
    for (const [partition, result] of this.#brought.entries()) {
      if (result && result.done !== true) this.#positions[partition] = result.value.feedToken
    }
  }
}

function partitionOf(key: string, partitions: number): number {
  let sum = 0
  for (let index = 0; index < key.length; index++) sum = (sum * 31 + key.charCodeAt(index)) % 65_521
  return sum % partitions
}

function tokenOf(positions: readonly Start[]): FeedToken {
  return `divided.${Buffer.from(JSON.stringify(positions)).toString('base64url')}` as FeedToken
}

/** Where each partition begins; undefined: it is no token of a divided feed. */
function startsOf(since: Start, partitions: number): readonly Start[] | undefined {
  if (since === 'now' || since === 'beginning') return Array.from({ length: partitions }, () => since)
  const [, encoded] = /^divided\.([\w-]+)$/.exec(since) ?? []
  if (encoded === undefined) return undefined
  try {
    const starts: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return Array.isArray(starts) && starts.length === partitions && starts.every(start => typeof start === 'string')
      ? (starts as Start[])
      : undefined
  } catch {
    return undefined
  }
}
