import { type Clock, type DocumentStore, InvalidArgumentError, memoryStore } from '@scopes/core'
import { nearest } from './nearest.ts'

/** The stores of an application by name: what `sessionStorage` and the like choose from. */
export interface CacheSettings {
  readonly store: DocumentStore
  readonly caches: Readonly<Record<string, DocumentStore>>
  /** Case of the names does not count. */
  readonly isCaseless: boolean
  readonly clock: Clock | undefined
}

/** The name under which the usual store goes. */
const usual = 'store'
/** Names of the old systems for the memory of this process. */
const inMemory: ReadonlySet<string> = new Set(['memory', 'ram'])

/** Finds stores by name; the same name is always the same store. */
export class Caches {
  readonly #stores = new Map<string, DocumentStore>()
  readonly #isCaseless: boolean
  readonly #clock: Clock | undefined

  /** @throws InvalidArgumentError for a name that is taken, or what is no store. */
  constructor({ store, caches, isCaseless, clock }: CacheSettings) {
    this.#isCaseless = isCaseless
    this.#clock = clock
    checkStore('store', store)
    this.#stores.set(usual, store)
    for (const [name, cache] of Object.entries(caches)) {
      const key = this.#keyOf(name)
      if (key === 'cookie' || inMemory.has(key) || this.#stores.has(key)) {
        throw new InvalidArgumentError(`No cache can be called "${name}": the name is taken. Choose another.`)
      }
      checkStore(`caches.${name}`, cache)
      this.#stores.set(key, cache)
    }
  }

  /**
   * The store that a setting names; undefined: the usual one.
   * @throws InvalidArgumentError that names the setting, when there is none of that name.
   */
  find(setting: string, name: string | undefined): DocumentStore {
    if (name !== undefined && typeof name !== 'string') {
      throw new InvalidArgumentError(`${setting} is ${String(name)}; it must be the name of a cache.`)
    }
    const key = name === undefined ? usual : this.#keyOf(name)
    const known = this.#stores.get(key)
    if (known) return known
    if (inMemory.has(key)) return this.#openMemory()
    throw new InvalidArgumentError(`${setting} names the cache "${name}", which is not registered.${this.#hint(key)}`)
  }

  #openMemory(): DocumentStore {
    const store = memoryStore(this.#clock && { clock: this.#clock })
    for (const name of inMemory) this.#stores.set(name, store)
    return store
  }

  #keyOf(name: string): string {
    return this.#isCaseless || inMemory.has(name.toLowerCase()) ? name.toLowerCase() : name
  }

  #hint(key: string): string {
    const names = [...this.#stores.keys()].filter(name => name !== usual)
    const like = nearest(key, names)
    if (like !== undefined) return ` Is "${like}" meant?`
    return names.length > 0 ? ` There are ${names.join(', ')}.` : ' Give it to the application in caches.'
  }
}

function checkStore(setting: string, store: unknown): void {
  if (typeof store === 'object' && store !== null && 'load' in store && typeof store.load === 'function') return
  throw new InvalidArgumentError(`${setting} must be a store, such as sqliteStore({ path }).`)
}
