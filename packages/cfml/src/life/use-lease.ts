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
    this.#lingering?.abort()
    this.#lingering = undefined
  }

  /** A request has ended. */
  leave(): void {
    this.#users--
    this.rest()
  }

  /** Gives it back after a while, unless it is used meanwhile. */
  rest(): void {
    if (this.#users > 0 || this.#lingering !== undefined) return
    if (!this.isOpen) return this.#give()
    const lingering = new AbortController()
    this.#lingering = lingering
    void this.#options.sleep(this.#options.lingerMs, lingering.signal).then(() => {
      if (lingering.signal.aborted) return
      this.#lingering = undefined
      void this.retire()
    })
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
