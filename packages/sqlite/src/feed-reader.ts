import type { FeedMessage, FeedOptions } from '@scopes/core'

import type { FeedChunk, FeedFilter } from './feed-log.ts'
import { type FeedPosition, encodeFeedToken } from './feed-token.ts'

/** What a reader needs of the open store. */
export interface FeedSource {
  /** Unix time in seconds, by which documents expire. */
  seconds(): number
  /** Milliseconds of the monotonic clock, by which a proof is dated. */
  monotonic(): number
  /** Rejects with `StoreUnavailableError`. */
  pull(position: FeedPosition, filter: FeedFilter): Promise<FeedChunk>
  /** Calls `wake` after each change, at a probe and at the end of the store, until the answer is called. */
  listen(reader: FeedReader): () => void
}

/** One iteration of the feed. It keeps nothing but its position and the chunk that is being delivered. */
export class FeedReader {
  readonly #options: FeedOptions
  #isWoken = false
  #wakeUp: (() => void) | undefined
  /** The first `caught-up` is owed without a probe. */
  #probesAsked = 1
  #probesAnswered = 0
  #isStopped = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Something may have changed. */
  wake(): void {
    this.#isWoken = true
    this.#wakeUp?.()
  }

  /** The next `caught-up` is asked for. */
  probe(): void {
    this.#probesAsked += 1
    this.wake()
  }

  /** The iteration ends, also one that waits. */
  stop(): void {
    this.#isStopped = true
    this.wake()
  }

  /** The messages from `start` on; of both, the store's end and an abort, the iteration just ends. */
  async *messages(source: FeedSource, start: FeedPosition): AsyncGenerator<FeedMessage, void, undefined> {
    const { signal, kinds, keysOnly } = this.#options
    const stop = (): void => this.stop()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) this.#isStopped = true
    // The watch first, then the first look: what is committed in between is seen by one of them.
    const unlisten = source.listen(this)
    try {
      let position = start
      while (!this.#isStopped) {
        this.#isWoken = false
        const probes = this.#probesAsked
        const asOf = source.monotonic()
        const chunk = await this.#unlessStopped(source.pull(position, { kinds, keysOnly, now: source.seconds() }))
        if (chunk === undefined) return
        position = chunk.position
        const [first] = chunk.messages
        // All documents follow, and then `caught-up`, asked for or not.
        if (first?.type === 'lost' || first?.type === 'rolled-back') this.#probesAsked += 1
        for (const message of chunk.messages) {
          if (this.#isStopped) return
          yield message
        }
        if (!chunk.isComplete || this.#isStopped) continue
        if (probes > this.#probesAnswered) {
          this.#probesAnswered = probes
          yield { type: 'caught-up', partition: 0, feedToken: encodeFeedToken(position), asOf }
        }
        await this.#woken()
      }
    } finally {
      unlisten()
      signal?.removeEventListener('abort', stop)
    }
  }

  /** What a store that closes says of a pull under way is of no interest any more. */
  async #unlessStopped(pull: Promise<FeedChunk>): Promise<FeedChunk | undefined> {
    try {
      return await pull
    } catch (error) {
      if (this.#isStopped) return undefined
      throw error
    }
  }

  async #woken(): Promise<void> {
    if (this.#isWoken) return
    await new Promise<void>(resolve => (this.#wakeUp = resolve))
    this.#wakeUp = undefined
  }
}
