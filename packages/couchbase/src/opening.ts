import { StoreUnavailableError } from '@scopes/core'

import { Aborts } from './aborts.ts'

/** How an opening tells what it has met so far, and how it is stopped. */
export interface OpeningWork {
  readonly signal: AbortSignal
  /** A failure after which it goes on trying. */
  readonly onFailure: (error: unknown) => void
}

/** One opening, for all who wait for it. It is given up when nobody waits any more. */
export class Opening<Opened> {
  readonly result: Promise<Opened>
  readonly #place: string
  readonly #abort = new AbortController()
  readonly #aborts = new Aborts()
  #waiting = 0
  #lastFailure: unknown

  constructor(place: string, open: (work: OpeningWork) => Promise<Opened>) {
    this.#place = place
    this.result = open({ signal: this.#abort.signal, onFailure: error => (this.#lastFailure = error) })
  }

  /** It tries no more: nobody waited any longer, or it was stopped. */
  get isGivenUp(): boolean {
    return this.#abort.signal.aborted
  }

  /** The result; rejects when `signal` aborts first, with what stood in the way until then. */
  wait(signal: AbortSignal | undefined): Promise<Opened> {
    this.#waiting++
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        if (--this.#waiting === 0) this.#abort.abort(signal?.reason)
        reject(this.#givenUp(signal))
      }
      const forget = signal && this.#aborts.on(signal, giveUp)
      this.result.then(resolve, reject).finally(forget)
    })
  }

  /** Afterwards it tries no more; what it has opened all the same is the result. */
  stop(): void {
    this.#abort.abort()
  }

  #givenUp(signal: AbortSignal | undefined): StoreUnavailableError {
    const cause = this.#lastFailure ?? signal?.reason
    const why = this.#lastFailure instanceof Error ? `: ${this.#lastFailure.message}` : ': nobody has answered so far'
    return new StoreUnavailableError(`Couchbase (${this.#place}) was not reached in the time given${why}`, { cause })
  }
}
