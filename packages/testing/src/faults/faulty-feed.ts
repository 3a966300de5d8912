import { setImmediate } from 'node:timers/promises'

import { StoreUnavailableError, type ChangeFeed, type FeedMessage } from '@scopes/core'

import type { FeedFault, InjectedFault, ScriptedFeedFault } from './fault.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Gate } from './gate.ts'

/** What a faulty feed is told by the store that it belongs to. */
interface FeedTroubles {
  readonly plan: FaultPlan<FeedFault, ScriptedFeedFault>
  /** Closed while the feed is silent. */
  readonly feeding: Gate
  /** Throws while everything fails. */
  readonly checkFailing: () => void
  readonly record: (injected: InjectedFault) => void
}

type DocumentMessage = Extract<FeedMessage, { readonly key: string }>

/** The feed, with what the plan says happening to its messages. */
export function faultyFeed(feed: ChangeFeed, troubles: FeedTroubles): ChangeFeed {
  return {
    partitions: feed.partitions,
    // The inner feed is opened here and now: it may take its start from this moment.
    open: options => {
      const messages = feed.open(options)
      return {
        [Symbol.asyncIterator]: () => new FaultyReading(messages[Symbol.asyncIterator](), troubles, options?.signal),
      }
    },
    probe: async options => {
      troubles.checkFailing()
      await feed.probe(options)
    },
  }
}

class FaultyReading implements AsyncIterator<FeedMessage, void> {
  readonly #source: AsyncIterator<FeedMessage, unknown>
  readonly #troubles: FeedTroubles
  readonly #signal: AbortSignal | undefined
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

  constructor(source: AsyncIterator<FeedMessage, unknown>, troubles: FeedTroubles, signal: AbortSignal | undefined) {
    this.#source = source
    this.#troubles = troubles
    this.#signal = signal
  }

  next(): Promise<IteratorResult<FeedMessage, void>> {
    const pulled = this.#last.then(() => this.#pull())
    this.#last = pulled.catch(() => undefined)
    return pulled
  }

  async return(): Promise<IteratorResult<FeedMessage, void>> {
    this.#isOver = true
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  async #pull(): Promise<IteratorResult<FeedMessage, void>> {
    while (!this.#isOver) {
      await this.#troubles.feeding.pass(this.#signal)
      const [message, ...rest] = this.#signal?.aborted === true ? [] : this.#ready
      if (message) {
        this.#ready = rest
        this.#delivered = message
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
    this.#troubles.checkFailing()
    const result = await (this.#ahead ?? this.#source.next())
    this.#ahead = undefined
    if (result.done === true) this.#isOver = true
    else this.#ready = await this.#disturb(result.value)
  }

  async #disturb(message: FeedMessage): Promise<readonly FeedMessage[]> {
    if (message.type !== 'document' && message.type !== 'removed') return [message]
    const drawn = this.#troubles.plan.draw('message', message.key)
    const older = this.#newest.get(message.key)
    this.#newest.set(message.key, message)
    if (!drawn) return [message]
    this.#troubles.record({ fault: drawn.fault, operation: 'message', key: message.key })
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
      case 'swap-keys':
        return this.#swapWithNext(message)
      default:
        return drawn.fault satisfies never
    }
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
