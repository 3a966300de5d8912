import type { Clock, DocumentStore, FeedMessage } from '@scopes/core'
import type { FeedLamp } from './page-data.ts'
import { type IndexChange, ScopeIndex } from './scope-index.ts'

/** Who is told what the watch sees. */
export interface StoreWatchListener {
  /** A scope has changed. Not told of what was there before the watch began. `bytes`: of the document, unless it is gone. */
  onChange(change: IndexChange, bytes: Uint8Array | undefined): void
}

/** After so many messages the rest of the process has its turn: a long backlog comes without a pause. */
const turn = 256

/**
 * Reads the feed of a store from its beginning and keeps the index of it current, until it is stopped. A feed that fails or ends
 * is opened again where it was, with growing pauses of 4 s at most.
 */
export class StoreWatch {
  readonly index: ScopeIndex = new ScopeIndex()
  readonly #store: Pick<DocumentStore, 'feed'>
  readonly #clock: Clock
  readonly #listener: StoreWatchListener
  readonly #stop = new AbortController()
  /** Partitions that have not told all that they had. */
  readonly #behind = new Set<number>()
  readonly #waiting: { readonly hasEnough: () => boolean; readonly resolve: () => void }[] = []
  #lamp: FeedLamp
  #isPartial = false
  #hasBegun = false

  constructor(store: Pick<DocumentStore, 'feed'>, clock: Clock, listener: StoreWatchListener) {
    this.#store = store
    this.#clock = clock
    this.#listener = listener
    this.#lamp = { status: 'catching-up', since: clock.now() }
    // Rejects never: what the feed rejects with is told by the lamp.
    void this.#run()
  }

  get lamp(): FeedLamp {
    return this.#lamp
  }

  /** The feed brings only documents that somebody here holds, or there is none: the index is not complete. */
  get isPartial(): boolean {
    return this.#isPartial
  }

  /** Everything that was stored when it began has been read. */
  get isComplete(): boolean {
    return this.#hasBegun && this.#behind.size === 0
  }

  stop(): void {
    this.#stop.abort()
    this.#answer()
  }

  /** Resolves when the index has so many scopes, or all that there are, or the feed does not say. */
  async atLeast(count: number): Promise<void> {
    const hasEnough = (): boolean => this.index.size >= count
    if (hasEnough() || this.#cannotGrow()) return
    await new Promise<void>(resolve => this.#waiting.push({ hasEnough, resolve }))
  }

  async #run(): Promise<void> {
    const { feed } = this.#store
    const { signal } = this.#stop
    if (feed === undefined) {
      this.#isPartial = true
      this.#show({ status: 'degraded', since: this.#clock.now(), reason: 'the store has no changes feed' })
      return
    }
    let position: FeedMessage['feedToken'] | 'beginning' = 'beginning'
    for (let failures = 0; !signal.aborted; failures++) {
      let reason = 'the feed has ended'
      try {
        let taken = 0
        for await (const message of feed.open({ since: position, signal })) {
          if (signal.aborted) return
          if (!this.#hasBegun) this.#begin(feed.partitions)
          this.#isPartial = feed.coverage !== 'all'
          failures = 0
          this.#take(message)
          position = message.feedToken
          if (++taken % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
        }
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
      }
      if (signal.aborted) return
      this.#show({ status: 'degraded', since: this.#lamp.since ?? this.#clock.now(), reason })
      await this.#clock.sleep(250 * 2 ** Math.min(failures, 4), signal, { isBackground: true })
    }
  }

  #begin(partitions: number): void {
    this.#hasBegun = true
    for (let partition = 0; partition < partitions; partition++) this.#behind.add(partition)
  }

  #take(message: FeedMessage): void {
    switch (message.type) {
      case 'document':
      case 'removed': {
        const change = this.index.take(message)
        if (this.#behind.size === 0) {
          this.#listener.onChange(change, message.type === 'document' ? message.bytes : undefined)
        }
        if (this.#waiting.length > 0) this.#answer()
        return
      }
      case 'caught-up':
        this.#behind.delete(message.partition)
        if (this.#behind.size > 0) return
        this.index.complete()
        this.#show({ status: 'live' })
        return
      case 'lost':
      case 'rolled-back':
        this.#behind.add(message.partition)
        // Where there are several partitions, what belongs to this one is not known: what is not told again stays.
        if (this.#store.feed?.partitions === 1) this.index.beginAgain()
        this.#show({ status: 'catching-up', since: this.#clock.now() })
        return
      default:
        return message satisfies never
    }
  }

  #show(lamp: FeedLamp): void {
    this.#lamp = lamp
    this.#answer()
  }

  #cannotGrow(): boolean {
    return this.#lamp.status !== 'catching-up' || this.#stop.signal.aborted
  }

  #answer(): void {
    const isOver = this.#cannotGrow()
    for (const waiter of this.#waiting.splice(0)) {
      if (isOver || waiter.hasEnough()) waiter.resolve()
      else this.#waiting.push(waiter)
    }
  }
}
