import type { SlowTimer } from './slow-timer.ts'

/** What removes documents past their deadline. */
export interface ExpiryTarget {
  /**
   * Afterwards up to 64 of them are gone. Whether there may be more. Does not throw: what it could not do now is left
   * for the next look.
   */
  sweep(): boolean
}

/**
 * The store's own expiry. Every process looks at each tick of the slow timer, for a look costs microseconds; whoever comes
 * first removes, the others then find nothing. Between two transactions of 64 documents the event loop gets its turn.
 */
export class Expiry {
  readonly #target: ExpiryTarget
  readonly #unlisten: () => void
  #next: NodeJS.Immediate | undefined

  constructor(target: ExpiryTarget, timer: SlowTimer) {
    this.#target = target
    this.#unlisten = timer.listen(() => this.#sweep())
  }

  /** Afterwards nothing more is removed. */
  stop(): void {
    this.#unlisten()
    clearImmediate(this.#next)
  }

  #sweep(): void {
    clearImmediate(this.#next)
    if (this.#target.sweep()) this.#next = setImmediate(() => this.#sweep()).unref()
  }
}
