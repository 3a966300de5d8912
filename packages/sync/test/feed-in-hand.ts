import type { ChangeFeed, FeedMessage, FeedOptions, FeedToken, StoreToken } from '@scopes/core'
import { StoreUnavailableError } from '@scopes/core'

/** A feed that can be cut, and to which messages can be added. */
export class FeedInHand implements ChangeFeed {
  readonly coverage = 'all'
  readonly partitions: number
  /** What it was opened with, each time. */
  readonly openings: FeedOptions[] = []
  /** How many iterations are under way. */
  iterations = 0
  probes = 0
  #down: 'failed' | 'ended' | undefined
  #cut = new AbortController()
  #added: FeedMessage[] = []
  #wake = (): void => {}
  readonly #feed: ChangeFeed
  readonly #own: boolean

  /** @param own only what is added is delivered */
  constructor(
    feed: ChangeFeed | undefined,
    { own = false, partitions = 1 }: { readonly own?: boolean; readonly partitions?: number } = {},
  ) {
    if (feed === undefined) throw new Error('The store has a feed.')
    this.#feed = feed
    this.#own = own
    this.partitions = partitions
  }

  /** From now on it fails, or ends, whenever it is opened. */
  cut(how: 'failed' | 'ended' = 'failed'): void {
    this.#down = how
    this.#cut.abort()
  }

  /** From now on it can be opened again. */
  restore(): void {
    this.#down = undefined
    this.#cut = new AbortController()
  }

  /** Delivers a message of its own. */
  add(message: FeedMessage): void {
    this.#added.push(message)
    this.#wake()
  }

  async probe(): Promise<void> {
    this.probes++
    if (!this.#own) await this.#feed.probe()
  }

  async *open(options: FeedOptions = {}): AsyncGenerator<FeedMessage, void, undefined> {
    this.openings.push(options)
    this.#fail()
    this.iterations++
    const cut = this.#cut.signal
    const stop = AbortSignal.any([cut, ...(options.signal ? [options.signal] : [])])
    const source = this.#own ? undefined : this.#feed.open(options)[Symbol.asyncIterator]()
    stop.addEventListener('abort', () => this.#wake())
    try {
      let next = source?.next()
      while (!stop.aborted) {
        const woken = new Promise<'added'>(resolve => {
          this.#wake = () => resolve('added')
          if (this.#added.length > 0 || stop.aborted) resolve('added')
        })
        const came = await (next ? Promise.race([next, woken]) : woken)
        if (stop.aborted) break
        if (came !== 'added') {
          if (came.done === true) return
          yield came.value
          next = source?.next()
        }
        for (let added = this.#added.shift(); added; added = this.#added.shift()) yield added
      }
      if (cut.aborted) this.#fail()
    } finally {
      this.iterations--
      void source?.return?.()
    }
  }

  #fail(): void {
    if (this.#down === 'failed') throw new StoreUnavailableError('The feed is cut.')
  }
}

/** What every message of these tests carries. */
export const common = { partition: 0, feedToken: 'a token' as FeedToken }

/** A message that says so. */
export function caughtUp(asOf: number, partition = 0): FeedMessage {
  return { ...common, partition, type: 'caught-up', asOf }
}

/** A message about a document of the session with this id. */
export function documentOf(id: string, bytes: Uint8Array | undefined, token: bigint, partition = 0): FeedMessage {
  return { ...common, partition, type: 'document', key: `session:shop:${id}`, bytes, token: token as StoreToken }
}
