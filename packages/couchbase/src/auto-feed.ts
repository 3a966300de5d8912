import {
  type ChangeFeed,
  type FeedCoverage,
  type FeedMessage,
  type FeedOptions,
  type FeedToken,
  StoreUnavailableError,
} from '@scopes/core'

import { ConnectionError, type ConnectionErrorReason } from './dcp/connection/connection-error.ts'
import type { DcpFeed } from './dcp/feed/dcp-feed.ts'
import { decodeFeedToken } from './dcp/feed/feed-token.ts'
import { diagnostics } from './diagnostics.ts'
import type { PollingFeed } from './polling/polling-feed.ts'
import { isPollingToken } from './polling/polling-token.ts'

/** What the two feeds are. */
export interface AutoFeedParts {
  readonly dcp: DcpFeed
  readonly polling: PollingFeed
  /** For messages. */
  readonly place: string
}

/** Why changes cannot be pushed, by what the nodes have said: nobody but an administrator can change that. */
const refusals: ReadonlySet<ConnectionErrorReason> = new Set(['no-access', 'unsupported', 'login', 'unreachable'])

/**
 * Changes by DCP; where that is refused and documents can be read all the same, by polling what is held, for as long as the store
 * is open. What it covers is known when the first message has come.
 */
export class AutoFeed implements ChangeFeed {
  readonly #parts: AutoFeedParts
  #isPolling = false

  constructor(parts: AutoFeedParts) {
    this.#parts = parts
  }

  get coverage(): FeedCoverage {
    return this.#isPolling ? 'held' : 'all'
  }

  get partitions(): number {
    return this.#isPolling ? this.#parts.polling.partitions : this.#parts.dcp.partitions
  }

  open({ signal, ...options }: FeedOptions = {}): AsyncIterable<FeedMessage> {
    const stop = new AbortController()
    const end = (): void => stop.abort()
    const forget = (): void => signal?.removeEventListener('abort', end)
    // Both now: what is written from here on belongs to the reader, whichever brings it.
    const messages = this.#messages(
      this.#isPolling ? undefined : this.#pushed({ ...options, signal: stop.signal }),
      this.#polled({ ...options, signal: stop.signal }),
      forget,
    )
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => messages.next(),
        return: () => {
          end()
          // Also where nothing was pulled: then the messages have not begun, and do not come to their end.
          forget()
          return messages.return()
        },
      }),
    }
  }

  async probe(options?: Parameters<ChangeFeed['probe']>[0]): Promise<void> {
    await Promise.all([this.#parts.dcp.probe(options), this.#parts.polling.probe(options)])
  }

  /** Afterwards every open iteration has ended. The feed may be opened again, and tries DCP again. */
  close(): void {
    this.#parts.dcp.close()
    this.#parts.polling.close()
    this.#isPolling = false
  }

  async *#messages(
    pushed: AsyncIterable<FeedMessage> | undefined,
    polled: AsyncIterable<FeedMessage>,
    onEnd: () => void,
  ): AsyncGenerator<FeedMessage, void, undefined> {
    try {
      let refusal: unknown
      if (pushed) {
        let hasBegun = false
        try {
          for await (const message of pushed) {
            hasBegun = true
            yield message
          }
          return
        } catch (error) {
          if (hasBegun || !isRefusal(error)) throw error
          refusal = error
        }
      }
      for await (const message of polled) {
        this.#fallBack(refusal)
        yield message
      }
    } finally {
      onEnd()
    }
  }

  /** Only once something could be read: where nobody answers at all, nothing is refused. */
  #fallBack(error: unknown): void {
    if (this.#isPolling) return
    this.#isPolling = true
    diagnostics.feed.publish({ type: 'polling', place: this.#parts.place, error })
  }

  #pushed(options: FeedOptions): AsyncIterable<FeedMessage> {
    const { dcp } = this.#parts
    const { since } = options
    if (!isPollingToken(since)) return dcp.open(options)
    return lostFirst(dcp.open({ ...options, since: 'beginning' }), since, () => dcp.partitions)
  }

  #polled(options: FeedOptions): AsyncIterable<FeedMessage> {
    const { polling } = this.#parts
    const { since = 'now' } = options
    if (since === 'now' || since === 'beginning' || isPollingToken(since)) return polling.open(options)
    try {
      decodeFeedToken(since)
    } catch (error) {
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
    }
    return polling.openLost(options)
  }
}

/** Whoever comes from polling has missed what he did not hold: he is told so, and then everything. */
async function* lostFirst(
  messages: AsyncIterable<FeedMessage>,
  feedToken: FeedToken,
  partitions: () => number,
): AsyncGenerator<FeedMessage, void, undefined> {
  let isFirst = true
  for await (const message of messages) {
    for (let partition = 0; isFirst && partition < partitions(); partition++)
      yield { type: 'lost', partition, feedToken }
    isFirst = false
    yield message
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof StoreUnavailableError && error.cause instanceof ConnectionError && refusals.has(error.cause.reason)
  )
}
