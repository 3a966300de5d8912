import { InvalidArgumentError } from '../errors.ts'
import type { ScopeCache, ScopeCopy } from './scope-cache.ts'

/** How a memory cache is bounded. */
export interface MemoryCacheOptions {
  /** The most scopes that are held; the least recently used goes first. Default 10,000. */
  readonly maxScopes?: number
}

/** A cache in the memory of this process, bounded by the number of scopes. */
export function memoryCache(options: MemoryCacheOptions = {}): ScopeCache {
  const { maxScopes = 10_000 } = options
  if (!Number.isSafeInteger(maxScopes) || maxScopes < 1) {
    throw new InvalidArgumentError(`maxScopes is ${String(maxScopes)}; it must be a whole number from 1 on.`)
  }
  return new MemoryCache(maxScopes)
}

/** Least recently used: a Map keeps the order of insertion, so what is used is inserted again. */
class MemoryCache implements ScopeCache {
  readonly replication: undefined = undefined
  readonly #maxScopes: number
  readonly #copies = new Map<string, ScopeCopy>()

  constructor(maxScopes: number) {
    this.#maxScopes = maxScopes
  }

  get(key: string): ScopeCopy | undefined {
    const copy = this.#copies.get(key)
    if (copy) {
      this.#copies.delete(key)
      this.#copies.set(key, copy)
    }
    return copy
  }

  set(key: string, { document, token, partition }: ScopeCopy): void {
    this.#copies.delete(key)
    // Without the bytes: it holds the decoded document.
    this.#copies.set(key, { document, token, partition })
    if (this.#copies.size <= this.#maxScopes) return
    const oldest = this.#copies.keys().next()
    if (!oldest.done) this.#copies.delete(oldest.value)
  }

  delete(key: string): void {
    this.#copies.delete(key)
  }

  clear(): void {
    this.#copies.clear()
  }
}
