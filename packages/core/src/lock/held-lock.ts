import type { HeldFence } from '../commit/held-fence.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { LockLostError, ScopesError } from '../errors.ts'
import type { LockType } from './lock-document.ts'
import { nameOfLock } from './lock-key.ts'

/** What a held lock is. */
interface HeldLockParts {
  readonly key: string
  readonly type: LockType
  readonly amount: number
  readonly token: StoreToken
  /** Aborts when it is lost. */
  readonly signal: AbortSignal
}

/** A lock while its body runs: what is written in its name is checked, and waited for. */
export class HeldLock implements HeldFence {
  readonly lock: string
  readonly type: LockType
  readonly token: StoreToken
  readonly effect: HeldFence['effect']
  readonly signal: AbortSignal
  readonly #writes = new Set<Promise<unknown>>()
  #hasEnded = false
  #isInDoubt = false

  constructor({ key, type, amount, token, signal }: HeldLockParts) {
    this.lock = key
    this.type = type
    this.token = token
    this.signal = signal
    this.effect = amount > 1 ? 'none' : type === 'exclusive' ? 'raise' : 'check'
  }

  /** Its body has ended: what runs on is not under the lock any more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  mustHold(): void {
    if (!this.signal.aborted) return
    const message = `The lock ${nameOfLock(this.lock)} is lost; nothing was written. Take it again, and open what is changed in its body.`
    throw new LockLostError(message, { lock: this.lock, cause: this.signal.reason })
  }

  /** From now on the release waits for the write. */
  track(write: Promise<unknown>): void {
    this.#writes.add(write)
    write
      .catch((error: unknown) => {
        this.#isInDoubt ||= error instanceof ScopesError && error.outcome === 'unknown'
      })
      .finally(() => this.#writes.delete(write))
  }

  /**
   * The body has ended: nothing more is written in its name. Resolves when all that was written has landed or never will (lease
   * protocol L10). @returns false when that cannot be said of all of it
   */
  async end(): Promise<boolean> {
    this.#hasEnded = true
    await Promise.allSettled(this.#writes)
    return !this.#isInDoubt
  }
}
