import type { Clock } from '../../clock.ts'
import { diagnostics } from '../../diagnostics.ts'
import type { ChangeFeed, FeedMessage, FeedToken, KeyMessage } from '../../feed/change-feed.ts'
import { reopenMs } from '../../feed/reopen-ms.ts'

/** What a reaper reads, and whom it tells. */
export interface ReaperFeedParts {
  readonly feed: ChangeFeed
  readonly clock: Clock
  /** A document has changed, or has gone. Its bytes are not brought. */
  readonly onChange: (message: KeyMessage) => void
  /** What changed may have been missed: everything has to be looked at again. */
  readonly onGap: () => void
}

/** How many messages are taken in one turn of the event loop. */
const turn = 128

/** How a reaper reads the changes feed: which keys change, and all documents when it has to know them all. */
export class ReaperFeed {
  readonly #parts: ReaperFeedParts

  constructor(parts: ReaperFeedParts) {
    this.#parts = parts
  }

  /** Whether the feed brings every document, once its first message has come; else nobody can reap by it. */
  get coversAll(): boolean {
    return this.#parts.feed.coverage === 'all'
  }

  /**
   * Tells what changes from now on, until `signal` aborts. Resolves when it has its place: what is read then is followed by
   * what changes after it. A feed that fails is opened again where it was.
   */
  follow(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      void this.#follow(signal, resolve).finally(resolve)
    })
  }

  async #follow(signal: AbortSignal, onPlace: () => void): Promise<void> {
    const { feed, clock, onChange, onGap } = this.#parts
    let since: FeedToken | undefined
    let isFirst = true
    for (let failures = 0; !signal.aborted; failures++) {
      // What changed between an opening without a place and this one was told to nobody.
      let isGap: boolean = !isFirst && since === undefined
      isFirst = false
      try {
        for await (const message of paced(feed.open({ since: since ?? 'now', keysOnly: true, signal }))) {
          if (signal.aborted) return
          onPlace()
          failures = 0
          if (message.type === 'document' || message.type === 'removed') onChange(message)
          if (isGap || message.type === 'lost' || message.type === 'rolled-back') onGap()
          isGap = false
          since = message.feedToken
        }
      } catch (error) {
        if (!signal.aborted) diagnostics.feed.publish({ status: 'interrupted', error })
      }
      await clock.sleep(reopenMs(failures, Math.random()), signal, { isBackground: true })
    }
  }

  /**
   * Hands over every document that is stored at this call, and perhaps later changes. Resolves when all have been, or
   * `signal` aborts. Rejects as the feed does.
   */
  async scan(
    kinds: readonly string[] | undefined,
    signal: AbortSignal,
    take: (message: KeyMessage) => void,
  ): Promise<void> {
    const { feed } = this.#parts
    const waiting = new Set<number>()
    let isFirst = true
    for await (const message of paced(feed.open({ since: 'beginning', kinds, signal }))) {
      if (isFirst) for (let partition = 0; partition < feed.partitions; partition++) waiting.add(partition)
      isFirst = false
      if (message.type === 'document') take(message)
      if (message.type === 'caught-up') waiting.delete(message.partition)
      if (message.type === 'lost' || message.type === 'rolled-back') waiting.add(message.partition)
      if (waiting.size === 0 || signal.aborted) return
    }
  }
}

/** A long backlog comes without a pause: the rest of the process has its turn. */
async function* paced(messages: AsyncIterable<FeedMessage>): AsyncGenerator<FeedMessage, void, undefined> {
  let taken = 0
  for await (const message of messages) {
    yield message
    if (++taken % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
  }
}
