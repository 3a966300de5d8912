import type { Lock, ScopeKey, Scopes } from '@scopes/core'

/** What a use lease is taken with. */
export interface UseLeaseOptions {
  readonly scopes: Scopes
  readonly key: ScopeKey
  /** How long to wait for it: somebody may be ending the application. Milliseconds. */
  readonly timeoutMs: number
  /** How long it is kept when nobody uses it any more: the next request then costs nothing. Milliseconds. */
  readonly lingerMs: number
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds since some moment. */
  readonly monotonic: () => number
}

/**
 * The use lease of this process: readonly, held while requests of the application run and a while longer. Whoever ends the
 * application needs it alone, so that nobody does under a running request (lease protocol A3).
 */
export class UseLease {
  readonly #lock: Lock
  readonly #options: UseLeaseOptions
  readonly #give: () => void
  readonly #given: Promise<void>
  #users = 0
  #isRetired = false
  /** When the last request that used it has ended. */
  #restingSince = 0
  #lingering: AbortController | undefined

  private constructor(options: UseLeaseOptions, lock: Lock, give: () => void, given: Promise<void>) {
    this.#options = options
    this.#lock = lock
    this.#give = give
    this.#given = given
  }

  /** Resolves when it is held. Rejects with LockTimeoutError or StoreUnavailableError. */
  static take(options: UseLeaseOptions): Promise<UseLease> {
    const { scopes, key, timeoutMs } = options
    return new Promise((resolve, reject) => {
      const given: Promise<void> = scopes
        .lock({ scope: { key }, type: 'readonly', timeoutMs }, lock => {
          return new Promise<void>(give => {
            lock.signal.addEventListener('abort', () => give(), { once: true })
            resolve(new UseLease(options, lock, give, given))
          })
        })
        .catch(reject)
    })
  }

  /** Greater than that of every earlier lease of the application. */
  get token(): bigint {
    return this.#lock.fencingToken
  }

  /** Requests may begin under it. */
  get isOpen(): boolean {
    return !this.#isRetired && !this.#lock.signal.aborted
  }

  /** Requests run under it. */
  get isUsed(): boolean {
    return this.#users > 0
  }

  /** A request begins. */
  enter(): void {
    this.#users++
  }

  /** A request has ended. */
  leave(): void {
    this.#users--
    this.rest()
  }

  /** Gives it back after a while, unless it is used meanwhile. */
  rest(): void {
    if (this.#users > 0) return
    if (!this.isOpen) return this.#give()
    this.#restingSince = this.#options.monotonic()
    // One sleep for many requests: to end it and begin another with each of them costs more than all else of a lease.
    if (this.#lingering === undefined) void this.#linger((this.#lingering = new AbortController()))
  }

  async #linger({ signal }: AbortController): Promise<void> {
    const { lingerMs, monotonic, sleep } = this.#options
    // Each turn waits for as long as it would take if nobody came.
    for (let leftMs = lingerMs; leftMs > 0; leftMs = this.#restingSince + lingerMs - monotonic()) {
      await sleep(leftMs, signal)
      if (signal.aborted) return
      // Whoever leaves last begins to wait again.
      if (this.#users > 0) return void (this.#lingering = undefined)
    }
    this.#lingering = undefined
    void this.retire()
  }

  /** No request begins under it any more. Resolves when the last has ended and it is given back. */
  retire(): Promise<void> {
    this.#isRetired = true
    this.#lingering?.abort()
    this.#lingering = undefined
    if (this.#users === 0) this.#give()
    return this.#given
  }
}
