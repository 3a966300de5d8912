import type { Clock } from '../../clock.ts'
import { type StoreToken, compareTokens } from '../../document/stored-document.ts'

/** For so long, at least, it is known what was written: milliseconds. */
const rememberMs = 10_000

/** What this process has written of ends: the feed brings it back, and then it is no news. The oldest are forgotten. */
export class OwnWrites {
  readonly #clock: Pick<Clock, 'monotonic'>
  #recent = new Map<string, StoreToken>()
  #before = new Map<string, StoreToken>()
  #since = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Afterwards what is stored under the key is known up to this token. */
  add(key: string, token: StoreToken): void {
    const now = this.#clock.monotonic()
    if (now - this.#since >= rememberMs) {
      this.#before = this.#recent
      this.#recent = new Map()
      this.#since = now
    }
    this.#recent.set(key, token)
  }

  /** Whether a change by this token is what was written here, or older. */
  covers(key: string, token: StoreToken): boolean {
    const written = this.#recent.get(key) ?? this.#before.get(key)
    return written !== undefined && compareTokens(written, token) >= 0
  }

  /** After a rollback tokens of before order nothing. */
  clear(): void {
    this.#recent.clear()
    this.#before.clear()
  }
}
