import {
  type ChangeFeed,
  type FeedMessage,
  type FeedOptions,
  type StoreCallOptions,
  StoreUnavailableError,
  type StoreToken,
} from '@scopes/core'

import { type Greeting, type PollingParts, PollingReading } from './polling-reading.ts'
import { PollingToken } from './polling-token.ts'

/** What a polling feed is made with. */
export interface PollingFeedOptions extends Omit<PollingParts, 'token'> {
  /** Names the bucket, the same in each process. */
  readonly place: string
}

const greetings = { own: undefined, 'same-place': 'lost', elsewhere: 'rolled-back' } as const

/**
 * A changes feed for those who may not open DCP: asks for what is held in turn, one small request for each document in each round,
 * and a second one for what has changed. It knows nothing of scopes that nobody here holds, and notices that a server has lost writes
 * only where it has an older document than it had.
 */
export class PollingFeed implements ChangeFeed {
  readonly coverage = 'held'
  readonly partitions = 1
  readonly #parts: PollingParts
  readonly #readings = new Set<PollingReading>()

  constructor({ place, ...parts }: PollingFeedOptions) {
    this.#parts = { ...parts, token: new PollingToken(place) }
  }

  open(options: FeedOptions = {}): AsyncIterable<FeedMessage> {
    const { since = 'now' } = options
    if (since === 'now') return this.#iterable(options, knownOf(options), undefined)
    if (since === 'beginning') return this.#iterable(options, new Map(), undefined)
    try {
      return this.#iterable(options, new Map(), greetings[this.#parts.token.originOf(since)])
    } catch (error) {
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
    }
  }

  /** As `open`, for who comes with a position that this feed cannot know: he is told that he missed something. */
  openLost(options: FeedOptions): AsyncIterable<FeedMessage> {
    return this.#iterable(options, new Map(), 'lost')
  }

  async probe({ signal }: StoreCallOptions = {}): Promise<void> {
    if (signal?.aborted) {
      throw new StoreUnavailableError('The probe was aborted before it was sent.', { cause: signal.reason })
    }
    for (const reading of this.#readings) reading.ask()
  }

  /** Afterwards all iterations end. */
  close(): void {
    for (const reading of this.#readings) reading.stop()
  }

  #iterable(
    options: FeedOptions,
    known: ReadonlyMap<string, StoreToken>,
    greeting: Greeting,
  ): AsyncIterable<FeedMessage> {
    return {
      [Symbol.asyncIterator]: () => {
        const reading = new PollingReading(this.#parts, options, known, greeting)
        const messages = this.#followed(reading)
        return {
          next: () => messages.next(),
          // It may be waiting, and ends only then.
          return: () => {
            reading.stop()
            return messages.return()
          },
        }
      },
    }
  }

  async *#followed(reading: PollingReading): AsyncGenerator<FeedMessage, void, undefined> {
    this.#readings.add(reading)
    try {
      yield* reading.messages()
    } finally {
      this.#readings.delete(reading)
    }
  }
}

/** What the reader knows now: from here on the changes are his. */
function knownOf({ held }: FeedOptions): ReadonlyMap<string, StoreToken> {
  const known = new Map<string, StoreToken>()
  for (const key of held?.keys() ?? []) {
    const token = held?.tokenOf(key)
    if (token !== undefined) known.set(key, token)
  }
  return known
}
