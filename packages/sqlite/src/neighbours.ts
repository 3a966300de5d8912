const registryKey = Symbol.for('@scopes/sqlite.open-stores')

/** How many stores are open on each file, in this thread. */
type OpenStores = Map<string, number>

/** The other stores that this thread has open on the same file. Kept where every copy of this package finds it. */
export class Neighbours {
  readonly #path: string
  readonly #open: OpenStores

  /** The store at `path`, links resolved, is open from here on, until `leave`. */
  constructor(path: string) {
    const registry = globalThis as { [registryKey]?: OpenStores }
    this.#path = path
    this.#open = registry[registryKey] ??= new Map()
    this.#open.set(path, this.#count + 1)
  }

  /** Whether there are any. */
  get exist(): boolean {
    return this.#count > 1
  }

  leave(): void {
    const left = this.#count - 1
    if (left > 0) this.#open.set(this.#path, left)
    else this.#open.delete(this.#path)
  }

  get #count(): number {
    return this.#open.get(this.#path) ?? 0
  }
}
