import type { ScopeCopy } from '@scopes/core'

/** Decoded copies by document key, the least recently used first. */
export class DecodedCopies {
  readonly #copies = new Map<string, ScopeCopy>()
  readonly #max: number
  readonly #onEvict: (key: string, copy: ScopeCopy) => void

  /** @param onEvict told which copy had to make room for another */
  constructor(max: number, onEvict: (key: string, copy: ScopeCopy) => void) {
    this.#max = max
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#copies.size
  }

  /** The copy, which is the most recently used then. */
  use(key: string): ScopeCopy | undefined {
    const copy = this.#copies.get(key)
    if (copy === undefined) return undefined
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    return copy
  }

  /** The copy, without using it. */
  peek(key: string): ScopeCopy | undefined {
    return this.#copies.get(key)
  }

  set(key: string, copy: ScopeCopy): void {
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    if (this.#copies.size <= this.#max) return
    const [oldest] = this.#copies
    if (oldest === undefined) return
    this.#copies.delete(oldest[0])
    this.#onEvict(...oldest)
  }

  delete(key: string): void {
    this.#copies.delete(key)
  }

  clear(): void {
    this.#copies.clear()
  }
}
