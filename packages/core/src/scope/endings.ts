import type { Life } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { openSlot, type Slot } from '../feed/slot.ts'

/** What is remembered of a scope whose end was seen. */
interface Ending {
  readonly fenced: readonly Life[]
  /** Of the newest that was seen: what is older is no news. */
  readonly token: StoreToken
}

/** More scopes than these do not end in a process while their end markers live. */
const mostEndings = 65_536

/**
 * The ends that this process has seen, also of scopes that nobody here holds any more: a life that has ended is not shown
 * alive again, whatever arrives late (replica protocol `fence`). The oldest are forgotten.
 */
export class Endings {
  readonly #endings = new Map<string, Ending>()
  readonly #max: number

  constructor(max: number = mostEndings) {
    this.#max = max
  }

  /** The slot to begin with for a scope that nobody holds. */
  slotOf(documentKey: string): Slot {
    const ending = this.#endings.get(documentKey)
    return ending === undefined ? openSlot() : { ...openSlot(), fenced: ending.fenced, token: ending.token }
  }

  /** Whether the end of that life was seen. */
  has(documentKey: string, life: Life): boolean {
    return this.#endings.get(documentKey)?.fenced.includes(life) ?? false
  }

  /** Nothing was seen to end. */
  get isEmpty(): boolean {
    return this.#endings.size === 0
  }

  /** Afterwards the lives whose end the slot has seen are known when nobody holds the slot. */
  remember(documentKey: string, { fenced, token }: Pick<Slot, 'fenced' | 'token'>): void {
    if (fenced.length === 0) return
    this.#endings.delete(documentKey)
    this.#endings.set(documentKey, { fenced, token })
    if (this.#endings.size <= this.#max) return
    const oldest = this.#endings.keys().next()
    if (!oldest.done) this.#endings.delete(oldest.value)
  }

  /** After a rollback tokens of before order nothing; the lives stay ended. */
  forgetTokens(): void {
    for (const [documentKey, { fenced }] of this.#endings) {
      this.#endings.set(documentKey, { fenced, token: openSlot().token })
    }
  }
}
