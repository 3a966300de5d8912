import type { Clock } from '../clock.ts'
import { diagnostics } from '../diagnostics.ts'
import type { ChangeFeed, FeedMessage, FeedToken } from '../feed/change-feed.ts'
import type { ScopeState } from './scope-state.ts'

/** How long to wait before a feed that failed is opened again, in milliseconds. */
const reopenMs = 250

/**
 * The one reading of the changes feed that keeps all watched scopes of a process current. It runs while somebody watches.
 */
export class FeedHub {
  readonly #feed: ChangeFeed
  readonly #clock: Clock
  readonly #watched = new Map<string, { readonly state: ScopeState; watchers: number }>()
  #reading: { readonly abort: AbortController; isLive: boolean } | undefined
  #isClosed = false

  constructor(feed: ChangeFeed, clock: Clock) {
    this.#feed = feed
    this.#clock = clock
  }

  /** From now on the scope follows the feed, until the returned function is called. */
  watch(state: ScopeState): () => void {
    const entry = this.#watched.get(state.documentKey) ?? { state, watchers: 0 }
    entry.watchers++
    this.#watched.set(state.documentKey, entry)
    if (this.#reading === undefined) this.#start()
    // What changed between the scope's last load and the start of the feed is in no message.
    else if (this.#reading.isLive && entry.watchers === 1) state.refreshInBackground()
    return () => {
      entry.watchers--
      if (entry.watchers > 0) return
      this.#watched.delete(state.documentKey)
      if (this.#watched.size === 0) this.#stop()
    }
  }

  /** Afterwards nothing is read any more, whoever watches. */
  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #stop(): void {
    this.#reading?.abort.abort()
    this.#reading = undefined
  }

  #start(): void {
    if (this.#isClosed) return
    const reading = { abort: new AbortController(), isLive: false }
    this.#reading = reading
    void this.#read(reading)
  }

  async #read(reading: { readonly abort: AbortController; isLive: boolean }): Promise<void> {
    const { signal } = reading.abort
    let since: FeedToken | 'now' = 'now'
    while (!signal.aborted) {
      try {
        for await (const message of this.#feed.open({ since, signal })) {
          this.#receive(message, reading)
          since = message.feedToken
        }
        await this.#interrupted(reading, undefined)
      } catch (error) {
        await this.#interrupted(reading, error)
      }
    }
  }

  /** A feed that failed, or ended though its scopes are watched, is opened again where it was. */
  async #interrupted(reading: { readonly abort: AbortController; isLive: boolean }, error: unknown): Promise<void> {
    const { signal } = reading.abort
    if (signal.aborted) return
    // Told as live again, and all is read again, once it has caught up.
    reading.isLive = false
    diagnostics.feed.publish({ status: 'interrupted', error })
    await this.#clock.sleep(reopenMs, signal)
  }

  #receive(message: FeedMessage, reading: { isLive: boolean }): void {
    switch (message.type) {
      case 'document':
      case 'removed':
        try {
          this.#watched.get(message.key)?.state.receive(message)
        } catch (error) {
          // Told on its own channel; one unreadable document does not stop the others.
          diagnostics.backgroundFailed.publish({ documentKey: message.key, what: 'reading', error })
        }
        break
      case 'caught-up':
        if (reading.isLive) break
        reading.isLive = true
        diagnostics.feed.publish({ status: 'live', error: undefined })
        for (const { state } of this.#watched.values()) state.refreshInBackground()
        break
      case 'rolled-back':
      case 'lost':
        for (const { state } of this.#watched.values()) state.distrust(message.type)
        break
      default:
        message satisfies never
    }
  }
}
