import { diagnostics, type LockMessage } from '../diagnostics.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { LockLostError, LockTimeoutError } from '../errors.ts'
import type { LockRequest } from './lock-options.ts'

/** Tells on `scopes:lock` how it goes with one acquire, from the wait to the end. Costs nothing while nobody listens. */
export class LockReport {
  readonly #request: LockRequest
  readonly #now: () => number
  /** Other locks that the caller holds meanwhile. */
  readonly #held: readonly string[]
  #since: number
  #isWaiting = false

  /** @param now monotonic milliseconds */
  constructor(request: LockRequest, held: readonly string[], now: () => number) {
    this.#request = request
    this.#held = held
    this.#now = now
    this.#since = now()
  }

  /** Others have it, or are ahead. Told once. */
  waits(holders: readonly string[]): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#publish(about => ({ ...about, type: 'waiting', holders, held: this.#held }))
  }

  /** It is held from now on. @param signal aborts when it is lost */
  granted(fencingToken: StoreToken, signal: AbortSignal): void {
    const waitedMs = this.#elapsed()
    this.#since = this.#now()
    this.#publish(about => ({ ...about, type: 'granted', fencingToken, waitedMs }))
    signal.addEventListener('abort', () => this.#lost(signal.reason), { once: true })
  }

  /** It was not granted. */
  failed(error: unknown): void {
    const waitedMs = this.#elapsed()
    if (!(error instanceof LockTimeoutError)) {
      return this.#publish(about => ({ ...about, type: 'given-up', waitedMs, error }))
    }
    const { holders, held } = error
    this.#publish(about => ({ ...about, type: 'timed-out', waitedMs, holders, held }))
    if (held.length === 0 || this.#request.timeoutMs === 0) return
    this.#publish(about => ({ ...about, type: 'deadlock-suspected', holders, held }))
  }

  /** Its body has ended and it was given back, or is left to be taken for dead. */
  released(): void {
    this.#publish(about => ({ ...about, type: 'released', heldMs: this.#elapsed() }))
  }

  /** The scopes that close are no loss. */
  #lost(error: unknown): void {
    if (!(error instanceof LockLostError)) return
    this.#publish(about => ({ ...about, type: 'lost', heldMs: this.#elapsed(), error }))
  }

  #elapsed(): number {
    return this.#now() - this.#since
  }

  #publish(message: (about: Pick<LockMessage, 'lock' | 'lockType'>) => LockMessage): void {
    if (!diagnostics.lock.hasSubscribers) return
    diagnostics.lock.publish(message({ lock: this.#request.key, lockType: this.#request.type }))
  }
}
