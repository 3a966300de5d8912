import type { Clock } from '../clock.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'

type Wake = (token: StoreToken | undefined) => void

/** For how long the feed goes on being read when nobody waits any more, in milliseconds. */
const lingerMs = 30_000

/**
 * Wakes those who wait for a lock when the feed says that it has changed. It is read while somebody waits, and a little
 * longer. It is never relied on: who waits looks for himself from time to time.
 */
export class LockWakes {
  readonly #feed: ChangeFeed | undefined
  readonly #clock: Clock
  readonly #watching = new Map<string, Set<Wake>>()
  #reading: AbortController | undefined
  #linger: AbortController | undefined

  constructor(feed: ChangeFeed | undefined, clock: Clock) {
    this.#feed = feed
    this.#clock = clock
  }

  /** From now on `wake` is called at each change of the lock, until the returned function is. */
  watch(key: string, wake: Wake): () => void {
    const wakes = this.#watching.get(key) ?? new Set()
    this.#watching.set(key, wakes.add(wake))
    this.#linger?.abort()
    if (this.#feed && this.#reading === undefined) void this.#read(this.#feed)
    return () => {
      wakes.delete(wake)
      if (wakes.size > 0) return
      if (this.#watching.get(key) === wakes) this.#watching.delete(key)
      if (this.#watching.size === 0) void this.#leave()
    }
  }

  /** Afterwards nothing is read. */
  close(): void {
    this.#linger?.abort()
    this.#reading?.abort()
  }

  async #leave(): Promise<void> {
    const linger = new AbortController()
    this.#linger = linger
    await this.#clock.sleep(lingerMs, linger.signal)
    if (!linger.signal.aborted) this.#reading?.abort()
  }

  async #read(feed: ChangeFeed): Promise<void> {
    const reading = new AbortController()
    this.#reading = reading
    try {
      for await (const message of feed.open({ kinds: ['lock'], keysOnly: true, signal: reading.signal })) {
        if (reading.signal.aborted) break
        if (message.type === 'document' || message.type === 'removed') this.#wake(message.key, message.token)
        else if (message.type !== 'caught-up') for (const key of this.#watching.keys()) this.#wake(key, undefined)
      }
    } catch {
      // The next who waits opens it again; until then all look for themselves.
    }
    if (this.#reading === reading) this.#reading = undefined
  }

  #wake(key: string, token: StoreToken | undefined): void {
    for (const wake of this.#watching.get(key) ?? []) wake(token)
  }
}
