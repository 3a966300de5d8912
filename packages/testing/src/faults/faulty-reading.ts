import { setImmediate } from 'node:timers/promises'

import { StoreUnavailableError, type FeedMessage, type FeedOptions, type FeedToken } from '@scopes/core'

import type { FeedTrouble, FeedTroubles } from './feed-troubles.ts'

type DocumentMessage = Extract<FeedMessage, { readonly key: string }>

/** What a faulty reading works with. */
interface FaultyReadingOptions {
  readonly troubles: FeedTroubles
  /** The source again, from elsewhere. */
  readonly open: (since: FeedOptions['since']) => AsyncIterator<FeedMessage, unknown>
  readonly partitions: () => number
  readonly signal: AbortSignal | undefined
}

/** How many messages back a rollback goes, at most. */
const mostBack = 8

/** One iteration of a faulty feed. */
export class FaultyReading implements AsyncIterator<FeedMessage, void> {
  readonly #options: FaultyReadingOptions
  #source: AsyncIterator<FeedMessage, unknown>
  /** Made and not yet delivered, oldest first. */
  #ready: readonly FeedMessage[] = []
  /** A pull that was made to look ahead. */
  #ahead: Promise<IteratorResult<FeedMessage, unknown>> | undefined
  /** The newest message of each key, for repeating it after a newer one. */
  readonly #newest = new Map<string, DocumentMessage>()
  #delivered: FeedMessage | undefined
  #isOver = false
  /** Pulls that are made at the same time are answered in order. */
  #last: Promise<unknown> = Promise.resolve()

  /** Tokens of the last messages, oldest first. */
  #tokens: readonly FeedToken[] = []
  /** What is to happen before anything else. */
  #due: readonly FeedTrouble[] = []
  #wake: () => void = () => {}

  constructor(source: AsyncIterator<FeedMessage, unknown>, options: FaultyReadingOptions) {
    this.#source = source
    this.#options = options
    options.troubles.readings.add(this.#disturb)
  }

  next(): Promise<IteratorResult<FeedMessage, void>> {
    const pulled = this.#last.then(() => this.#pull())
    this.#last = pulled.catch(() => undefined)
    return pulled
  }

  async return(): Promise<IteratorResult<FeedMessage, void>> {
    this.#finish()
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  async #pull(): Promise<IteratorResult<FeedMessage, void>> {
    while (!this.#isOver) {
      await this.#options.troubles.feeding.pass(this.#options.signal)
      const [message, ...rest] = this.#options.signal?.aborted === true ? [] : this.#ready
      if (message) {
        this.#ready = rest
        this.#delivered = message
        this.#tokens = [...this.#tokens.slice(-mostBack), message.feedToken]
        return { done: false, value: message }
      }
      await this.#refill().catch(async (error: unknown) => {
        await this.return()
        throw error
      })
    }
    return { done: true, value: undefined }
  }

  async #refill(): Promise<void> {
    this.#options.troubles.checkFailing()
    const [trouble, ...later] = this.#due
    if (trouble) {
      this.#due = later
      this.#ready = await this.#setBack(trouble)
      return
    }
    const result = await this.#next()
    if (result === undefined) return
    if (result.done === true) this.#finish()
    else this.#ready = await this.#disturbed(result.value)
  }

  async #disturbed(message: FeedMessage): Promise<readonly FeedMessage[]> {
    if (message.type !== 'document' && message.type !== 'removed') return [message]
    const drawn = this.#options.troubles.plan.draw('message', message.key)
    const older = this.#newest.get(message.key)
    this.#newest.set(message.key, message)
    if (!drawn) return [message]
    this.#options.troubles.record({ fault: drawn.fault, operation: 'message', key: message.key })
    switch (drawn.fault) {
      case 'duplicate':
        return [message, message]
      case 'drop':
        return []
      case 'older-again':
        // It comes under the newer token: who resumes has to believe it.
        return older ? [message, { ...older, feedToken: message.feedToken }] : [message]
      case 'fail':
        throw new StoreUnavailableError('The source of the feed failed (fault store).')
      case 'roll-back':
      case 'gap':
        // Before the first token there is no position that could be lost.
        return this.#tokens.length > 0 ? this.#setBack(drawn.fault) : [message]
      case 'swap-keys':
        return this.#swapWithNext(message)
      default:
        return drawn.fault satisfies never
    }
  }

  /** What is told when the position does not hold any more; the source goes on from elsewhere. */
  async #setBack(trouble: FeedTrouble): Promise<readonly FeedMessage[]> {
    const [earliest] = this.#tokens
    if (earliest === undefined) return []
    const feedToken = trouble === 'gap' ? (this.#tokens.at(-1) ?? earliest) : earliest
    void this.#source.return?.()
    this.#ahead = undefined
    this.#tokens = [feedToken]
    this.#source = this.#options.open(trouble === 'gap' ? 'beginning' : feedToken)
    const type = trouble === 'gap' ? 'lost' : 'rolled-back'
    return Array.from({ length: this.#options.partitions() }, (_, partition) => ({ type, partition, feedToken }))
  }

  /** The next of the source; undefined when something is due before it. */
  async #next(): Promise<IteratorResult<FeedMessage, unknown> | undefined> {
    const ahead = (this.#ahead ??= this.#source.next())
    const woken = new Promise<undefined>(resolve => {
      this.#wake = () => resolve(undefined)
    })
    try {
      const result = await Promise.race([ahead, woken])
      if (result) this.#ahead = undefined
      return result
    } catch (error) {
      this.#ahead = undefined
      throw error
    }
  }

  #finish(): void {
    this.#isOver = true
    this.#options.troubles.readings.delete(this.#disturb)
  }

  readonly #disturb = (trouble: FeedTrouble): void => {
    this.#due = [...this.#due, trouble]
    this.#wake()
  }

  /** The token of the one that comes first must not cover the other: it is that of the message before both. */
  async #swapWithNext(message: DocumentMessage): Promise<readonly FeedMessage[]> {
    const next = await this.#lookAhead()
    if (!next) return [message]
    const isAnother = 'key' in next && next.key !== message.key && next.partition === message.partition
    if (!isAnother || !this.#delivered) return [message, next]
    this.#newest.set(next.key, next)
    return [
      { ...next, feedToken: this.#delivered.feedToken },
      { ...message, feedToken: next.feedToken },
    ]
  }

  /** The next message if the source has it at hand; a message must not wait for one that may never come. */
  async #lookAhead(): Promise<FeedMessage | undefined> {
    this.#ahead = this.#source.next()
    // A failure is for the pull that gets to it.
    this.#ahead.catch(() => undefined)
    const result = await Promise.race([this.#ahead.catch(() => undefined), setImmediate(undefined)])
    if (result === undefined || result.done === true) return undefined
    this.#ahead = undefined
    return result.value
  }
}
