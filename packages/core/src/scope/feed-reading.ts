import type { Clock } from '../clock.ts'
import type { ChangeFeed, FeedMessage, FeedToken, HeldKeys } from '../feed/change-feed.ts'
import { type FeedEvent, type FeedStatus, nextFeedStatus } from '../feed/feed-status.ts'
import { PartitionProofs } from '../feed/partition-proofs.ts'
import { reopenMs } from '../feed/reopen-ms.ts'

/** What a reading needs to know. */
export interface FeedReadingOptions {
  readonly feed: ChangeFeed
  readonly clock: Clock
  readonly from: 'now' | 'beginning'
  /** Where another reading had come to. */
  readonly since: FeedToken | undefined
  readonly kinds: readonly string[] | undefined
  readonly keysOnly: boolean
  readonly held: HeldKeys
  /** How long the feed may fail to prove that it brings everything; Infinity: it is not asked. */
  readonly maxLagMs: number
  /** The feed has its place: whatever changes from now on is delivered. Again when it starts over. */
  readonly onBegin: () => void
  readonly onMessage: (message: FeedMessage) => void
  readonly onStatus: (status: FeedStatus) => void
  /** How long ago it was that everything had arrived, in milliseconds, each time that it is looked at. */
  readonly onLag: (lagMs: number) => void
}

/** How many messages are taken in one turn of the event loop. */
const turn = 128

/**
 * One reading of the changes feed that goes on until it is stopped: opened again where it was when it fails or ends, asked
 * regularly whether it still brings everything. What that means for memory is its status.
 */
export class FeedReading {
  readonly #options: FeedReadingOptions
  readonly #abort = new AbortController()
  readonly #proofs: PartitionProofs
  #status: FeedStatus = { type: 'idle' }
  /** Where to open the feed again; undefined before the first token. */
  #since: FeedToken | undefined
  #failures = 0
  /** When the question was sent that is not answered yet: monotonic milliseconds. */
  #askedAt = -Infinity
  #hasReceived = false

  constructor(options: FeedReadingOptions) {
    this.#options = options
    this.#since = options.since
    this.#proofs = new PartitionProofs(() => options.feed.partitions)
  }

  /** Whether everything that was committed at least `maxLagMs` ago has been delivered, for all that is known. */
  get isCurrent(): boolean {
    const { clock, maxLagMs } = this.#options
    // By the clock too: a process that was stopped for a while is not told so before it serves.
    return this.#status.type === 'live' && clock.monotonic() - this.#proofs.oldest <= maxLagMs
  }

  /** Where to go on; undefined before the feed has its place. */
  get position(): FeedToken | undefined {
    return this.#since
  }

  /** As of when everything of the partition has been delivered: monotonic milliseconds. Undefined: the worst of all. */
  proofAt(partition: number | undefined): number {
    return this.#proofs.of(partition)
  }

  /** Reads until `stop`. */
  start(): void {
    this.#dispatch({ type: 'started', at: this.#options.clock.now() })
    void this.#read()
    if (this.#options.maxLagMs !== Infinity) void this.#keepAsking()
  }

  /** Afterwards no message is delivered any more. */
  stop(): void {
    this.#abort.abort()
    this.#dispatch({ type: 'stopped' })
  }

  /** Asks the feed where its source stands, unless such a question is under way. */
  ask(): void {
    const { feed, clock, maxLagMs } = this.#options
    const now = clock.monotonic()
    if (this.#proofs.oldest < this.#askedAt && now - this.#askedAt < maxLagMs) return
    this.#askedAt = now
    // Whether it is answered is what the status goes by.
    feed.probe({ signal: this.#abort.signal }).catch(() => {})
  }

  async #read(): Promise<void> {
    const { feed, clock, from, kinds, keysOnly, held } = this.#options
    const { signal } = this.#abort
    let received = 0
    while (!signal.aborted) {
      this.#proofs.reopened()
      try {
        for await (const message of feed.open({ since: this.#since ?? from, kinds, keysOnly, held, signal })) {
          if (signal.aborted) return
          this.#receive(message)
          // A long backlog comes without a pause: the rest of the process has its turn.
          if (++received % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
        }
        this.#interrupted({ type: 'ended', at: clock.now() })
      } catch (error) {
        this.#interrupted({ type: 'failed', at: clock.now(), error })
      }
      await clock.sleep(reopenMs(this.#failures++, Math.random()), signal)
    }
  }

  #interrupted(event: FeedEvent): void {
    if (!this.#abort.signal.aborted) this.#dispatch(event)
  }

  #receive(message: FeedMessage): void {
    const { clock, onBegin, onMessage } = this.#options
    this.#hasReceived = true
    if (this.#status.type === 'degraded') this.#dispatch({ type: 'received' })
    if (this.#since === undefined) onBegin()
    if (message.type === 'rolled-back' || message.type === 'lost') {
      this.#proofs.setBack(message.partition)
      this.#dispatch({ type: 'set-back', at: clock.now() })
    }
    onMessage(message)
    this.#since = message.feedToken
    if (message.type === 'caught-up') this.#caughtUp(message.partition, message.asOf)
  }

  #caughtUp(partition: number, asOf: number): void {
    const { clock, maxLagMs } = this.#options
    this.#proofs.caughtUp(partition, asOf)
    if (!this.#proofs.isComplete) return
    const lagMs = clock.monotonic() - this.#proofs.oldest
    this.#options.onLag(lagMs)
    // What it proves may be old by now, after a long backlog.
    if (lagMs > maxLagMs) return this.ask()
    this.#failures = 0
    this.#dispatch({ type: 'completed' })
  }

  async #keepAsking(): Promise<void> {
    const { clock, maxLagMs } = this.#options
    const { signal } = this.#abort
    while (!signal.aborted) {
      await clock.sleep(maxLagMs / 2, signal)
      if (signal.aborted) return
      const lagMs = clock.monotonic() - this.#proofs.oldest
      if (lagMs !== Infinity) this.#options.onLag(lagMs)
      if (lagMs > maxLagMs) {
        const at = clock.now() - (lagMs === Infinity ? 0 : lagMs)
        this.#dispatch({ type: this.#hasReceived ? 'lagged' : 'silenced', at })
      }
      this.#hasReceived = false
      this.ask()
    }
  }

  #dispatch(event: FeedEvent): void {
    const status = nextFeedStatus(this.#status, event)
    if (status === this.#status) return
    this.#status = status
    this.#options.onStatus(status)
  }
}
