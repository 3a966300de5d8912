import { setTimeout } from 'node:timers/promises'

import { StoreUnavailableError } from '@scopes/core'
import type { Bucket, Collection } from 'couchbase'

import { kindOf } from './kind-of.ts'
import { isCollectionMissing, isMissing, isThereAlready, mapOpeningError, mayComeUp } from './map-couchbase-error.ts'
import { type StoreSettings, keyspaceName } from './options.ts'
import { probeKey } from './probe-key.ts'

/** How long the creation of a collection may take until every node knows it, in milliseconds. */
const createMs = 10_000
/** Between looks at a collection that was created. */
const pauseMs = 100
/** The first look at one, in milliseconds; each next one waits twice as long. */
const firstLookMs = 400

/** The collections of a store: each is looked at before its first use, and created if that is allowed. */
export class Collections {
  readonly #bucket: Bucket
  readonly #settings: StoreSettings
  /** By name: a collection that is there, or the look at it. */
  readonly #known = new Map<string, Collection | Promise<Collection>>()

  constructor(bucket: Bucket, settings: StoreSettings) {
    this.#bucket = bucket
    this.#settings = settings
  }

  /** Rejects when the one collection of all kinds is not there. Where each kind has its own, they are looked at later. */
  async open(): Promise<void> {
    const { collectionOf } = this.#settings
    if (typeof collectionOf === 'string') await this.#named(collectionOf)
  }

  /**
   * The collection of a document; a promise before its first use. Rejects with StoreUnavailableError when there is none, or
   * the user may not use it; the next call looks again.
   * @throws InvalidArgumentError when the function of the options gives a name that is not allowed.
   */
  of(key: string): Collection | Promise<Collection> {
    const { collectionOf } = this.#settings
    return this.#named(
      typeof collectionOf === 'string' ? collectionOf : keyspaceName('collections', collectionOf(kindOf(key))),
    )
  }

  /** Afterwards the collection is there, and has been created if that is allowed. Rejects as `of`. */
  async ready(name: string): Promise<void> {
    await this.#named(name)
  }

  #named(name: string): Collection | Promise<Collection> {
    const known = this.#known.get(name)
    if (known) return known
    const look = this.#find(name)
    this.#known.set(name, look)
    look.then(
      collection => this.#known.set(name, collection),
      () => this.#known.delete(name),
    )
    return look
  }

  async #find(name: string): Promise<Collection> {
    const { scope, createsCollections, place } = this.#settings
    const collection = this.#bucket.scope(scope).collection(name)
    if (await this.#isThere(collection, name)) return collection
    if (!createsCollections) {
      throw new StoreUnavailableError(
        `Couchbase (${place}) has no collection ${scope}.${name}. Create it, or allow it by createCollections: true.`,
      )
    }
    const until = performance.now() + createMs
    await this.#create(name)
    // A new collection is known to the nodes a moment later.
    while (!(await this.#isThere(collection, name))) {
      if (performance.now() > until) {
        throw new StoreUnavailableError(
          `Couchbase (${place}) created ${scope}.${name}, but does not know it yet: open the store again.`,
        )
      }
      await setTimeout(pauseMs)
    }
    return collection
  }

  async #isThere(collection: Collection, name: string): Promise<boolean> {
    const { scope, place, openTimeoutMs } = this.#settings
    try {
      return await isThere(collection, openTimeoutMs)
    } catch (error) {
      throw mapOpeningError(error, `the collection ${scope}.${name} cannot be used`, place)
    }
  }

  async #create(name: string): Promise<void> {
    const { scope, place } = this.#settings
    const manager = this.#bucket.collections()
    try {
      if (scope !== '_default') await manager.createScope(scope, { timeout: createMs }).catch(unlessThere)
      if (name !== '_default') await manager.createCollection(name, scope, { timeout: createMs }).catch(unlessThere)
    } catch (error) {
      throw mapOpeningError(error, `the collection ${scope}.${name} is missing and was not created`, place)
    }
  }
}

/**
 * Whether the collection is there. Rejects when that cannot be found out in time. The SDK asks again for a missing one until
 * half a second before its time-out: the first look is shorter than that, so that a no is heard at once.
 */
async function isThere(collection: Collection, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  for (let timeout = firstLookMs; ; timeout *= 2) {
    try {
      await collection.get(probeKey, { timeout })
      return true
    } catch (error) {
      if (isMissing(error)) return true
      if (isCollectionMissing(error)) return false
      if (!mayComeUp(error) || performance.now() > until) throw error
    }
  }
}

/** Another process was faster. */
function unlessThere(error: unknown): void {
  if (!isThereAlready(error)) throw error
}
