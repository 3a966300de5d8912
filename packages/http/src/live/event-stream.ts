import type { Clock } from '@scopes/core'
import type { LiveMessage, LiveValue } from './live-value.ts'

/** How server-sent events are written. */
export interface EventStreamSettings {
  /** The name of the event with a value. */
  readonly event: string
  /** When nothing was sent for so long a comment is, so that dead connections are noticed. Milliseconds. */
  readonly heartbeatMs: number
  /** How long a browser waits before it comes back. Milliseconds. */
  readonly retryMs: number
  readonly clock: Clock
}

/** The text of server-sent events, piece by piece as it is asked for: a browser that does not keep up holds up only itself. */
export class EventStream<S extends object> implements AsyncIterableIterator<string> {
  readonly #live: LiveValue<S>
  readonly #settings: EventStreamSettings
  #hasBegun = false

  constructor(live: LiveValue<S>, settings: EventStreamSettings) {
    this.#live = live
    this.#settings = settings
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    if (!this.#hasBegun) {
      this.#hasBegun = true
      return { done: false, value: `retry: ${this.#settings.retryMs}\n\n` }
    }
    for (;;) {
      const message = this.#live.take()
      if (message) return { done: false, value: this.#textOf(message) }
      if (this.#live.isOver) return { done: true, value: undefined }
      if (await this.#isQuiet()) return { done: false, value: ':\n\n' }
    }
  }

  /** At once, also while `next` waits: its promise is resolved as done. */
  return(): Promise<IteratorResult<string, undefined>> {
    this.#live.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Waits for news. @returns whether none came for the length of a heartbeat */
  async #isQuiet(): Promise<boolean> {
    const { clock, heartbeatMs } = this.#settings
    const news = new AbortController()
    const sleep = clock.sleep(heartbeatMs, news.signal).then(() => !news.signal.aborted)
    const changed = this.#live.changed().then(() => false)
    const isQuiet = await Promise.race([changed, sleep])
    news.abort()
    return isQuiet
  }

  #textOf(message: LiveMessage): string {
    if (message.type === 'ended') return `event: ended\ndata: ${message.json}\n\n`
    const id = message.stamp === undefined ? '' : `id: ${message.stamp}\n`
    return `${id}event: ${this.#settings.event}\ndata: ${message.json}\n\n`
  }
}
