/** How often each process looks for documents past their deadline; a look costs microseconds. */
const lookEveryMs = 250

/** What removes documents past their deadline. */
export interface ExpiryTarget {
  /**
   * Afterwards up to 64 of them are gone. Whether there may be more. Does not throw: what it could not do now is left
   * for the next look.
   */
  sweep(): boolean
}

/**
 * The store's own expiry. Every process looks, whoever comes first removes; the others then find nothing. Between two
 * transactions of 64 documents the event loop gets its turn.
 */
export class Expiry {
  readonly #target: ExpiryTarget
  readonly #timer: NodeJS.Timeout
  #next: NodeJS.Immediate | undefined

  constructor(target: ExpiryTarget) {
    this.#target = target
    this.#timer = setInterval(() => this.#sweep(), lookEveryMs).unref()
  }

  /** Afterwards nothing more is removed. */
  stop(): void {
    clearInterval(this.#timer)
    clearImmediate(this.#next)
  }

  #sweep(): void {
    clearImmediate(this.#next)
    if (this.#target.sweep()) this.#next = setImmediate(() => this.#sweep()).unref()
  }
}
