import type { FeedMessage, FeedOptions, FeedToken } from '../feed/change-feed.ts'
import type { MemoryChange } from './memory-log.ts'
import type { MemorySource } from './memory-source.ts'

/** Where and how a reading starts. `foreign`: the token was not of this store, so `rolled-back` comes first. */
export type MemoryStart =
  | {
      readonly type: 'log' | 'all' | 'foreign'
      /** The changes up to this number have been seen. */
      readonly place: number
      /** Where the log ended at opening; coming there is `caught-up`. */
      readonly end: number
      readonly asOf: number
      readonly closings: number
    }
  | { readonly type: 'failed'; readonly error: unknown }

/** A walk through all documents. */
interface Sending {
  /** Those still to be looked at. */
  readonly keys: Iterator<string, void, undefined>
  /** The log counts as read up to here when all have been sent. */
  readonly end: number
}

/** One iteration of a memory store's feed. It holds a place in the log and, at most, a place in the documents. */
export class MemoryReading {
  readonly #source: MemorySource
  readonly #start: MemoryStart
  readonly #kinds: ReadonlySet<string> | undefined
  readonly #keysOnly: boolean
  readonly #signal: AbortSignal | undefined
  /** The changes up to this number have been delivered, or left out for a later one of the same key. */
  #place: number
  /** Set while all documents are sent. */
  #all: Sending | undefined
  #isForeign: boolean
  /** To be announced when the place has come to `last`. Later probes wait behind it, so none starves. */
  #due: { readonly last: number; readonly asOf: number } | undefined
  #probesSeen: number
  #isStopped = false

  constructor(source: MemorySource, start: MemoryStart, { kinds, keysOnly = false, signal }: FeedOptions) {
    this.#source = source
    this.#start = start
    this.#kinds = kinds && new Set(kinds)
    this.#keysOnly = keysOnly
    this.#signal = signal
    this.#place = start.type === 'failed' ? 0 : start.place
    this.#due = start.type === 'failed' ? undefined : { last: start.end, asOf: start.asOf }
    this.#probesSeen = source.log.probe.number
    this.#isForeign = start.type === 'foreign'
    if (start.type === 'foreign' || start.type === 'all') this.#sendAll()
  }

  /** Unlike a bare generator's, its `return` also ends a pull that waits on an idle store. */
  iterator(): AsyncIterator<FeedMessage, void, undefined> {
    const messages = this.#messages()
    return {
      next: () => messages.next(),
      return: () => {
        this.#isStopped = true
        this.#source.log.wake()
        return messages.return()
      },
    }
  }

  async *#messages(): AsyncGenerator<FeedMessage, void, undefined> {
    if (this.#start.type === 'failed') throw this.#start.error
    while (!this.#isOver(this.#start.closings)) {
      this.#source.sweep()
      const message = this.#next()
      if (message === undefined) await this.#woken()
      else yield message
    }
  }

  #isOver(closings: number): boolean {
    return this.#isStopped || this.#signal?.aborted === true || this.#source.closings !== closings
  }

  /** The next message, or undefined when there is nothing to say now. */
  #next(): FeedMessage | undefined {
    const { log } = this.#source
    if (this.#isForeign) {
      this.#isForeign = false
      return { type: 'rolled-back', ...this.#common(this.#place) }
    }
    if (this.#all) {
      const message = this.#nextOfAll(this.#all)
      if (message !== undefined) return message
    }
    for (;;) {
      const caughtUp = this.#caughtUp()
      if (caughtUp !== undefined) return caughtUp
      if (this.#place < log.floor) {
        const common = this.#common(this.#place)
        this.#sendAll()
        return { type: 'lost', ...common }
      }
      if (this.#place === log.last) return undefined
      this.#place++
      const message = this.#announce(log.at(this.#place))
      if (message !== undefined) return message
    }
  }

  #sendAll(): void {
    const end = this.#source.log.last
    this.#all = { keys: this.#source.keysUntil(end), end }
    this.#due = { last: end, asOf: this.#source.clock.monotonic() }
    this.#probesSeen = this.#source.log.probe.number
  }

  #nextOfAll({ keys, end }: Sending): FeedMessage | undefined {
    for (let next = keys.next(); next.done !== true; next = keys.next()) {
      // Until all have been sent, a token leads back to the place before: it must not cover those that are to come.
      const message = this.#wants(next.value) ? this.#document(next.value, this.#place) : undefined
      if (message !== undefined) return message
    }
    this.#all = undefined
    this.#place = end
    return undefined
  }

  #caughtUp(): FeedMessage | undefined {
    const { probe } = this.#source.log
    if (this.#due === undefined && probe.number > this.#probesSeen) {
      this.#due = probe
      this.#probesSeen = probe.number
    }
    if (this.#due === undefined || this.#place < this.#due.last) return undefined
    const { asOf } = this.#due
    this.#due = undefined
    return { type: 'caught-up', asOf, ...this.#common(this.#place) }
  }

  #announce(change: MemoryChange | undefined): FeedMessage | undefined {
    if (change === undefined || !this.#wants(change.key) || !this.#source.log.isNewest(change, this.#place)) {
      return undefined
    }
    const { key, removed } = change
    if (removed === undefined) return this.#document(key, this.#place)
    const token = this.#source.tokenOf(this.#place)
    return { type: 'removed', key, token, reason: removed, ...this.#common(this.#place) }
  }

  #document(key: string, place: number): FeedMessage | undefined {
    const token = this.#source.tokenIn(key)
    if (token === undefined) return undefined
    const bytes = this.#keysOnly ? undefined : this.#source.current(key)?.bytes
    return { type: 'document', key, bytes, token, ...this.#common(place) }
  }

  #wants(key: string): boolean {
    return this.#kinds === undefined || this.#kinds.has(key.slice(0, key.indexOf(':')))
  }

  #common(place: number): { readonly partition: 0; readonly feedToken: FeedToken } {
    return { partition: 0, feedToken: this.#source.feedTokenOf(place) }
  }

  #woken(): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        forget()
        this.#signal?.removeEventListener('abort', done)
        resolve()
      }
      const forget = this.#source.log.onWake(done)
      this.#signal?.addEventListener('abort', done)
    })
  }
}
