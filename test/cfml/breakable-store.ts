import { type DocumentStore, StoreUnavailableError } from '@scopes/core'
import { observedStore } from '@scopes/testing'

/** A store that can be away, and counts what is written to it. */
export interface BreakableStore {
  readonly store: DocumentStore
  /** No call is answered while it is true. */
  isDown: boolean
  /** Mutations since the beginning. */
  readonly writes: number
}

export function breakableStore(inner: DocumentStore): BreakableStore {
  let writes = 0
  const count = ({ method }: { readonly method: string }): void => {
    if (method !== 'load' && method !== 'open') writes++
  }
  const observed = observedStore(inner, { onCall: count })
  const unlessDown = <T>(call: () => Promise<T>): Promise<T> => {
    if (!broken.isDown) return call()
    return Promise.reject(new StoreUnavailableError('The store is away.', { outcome: 'none' }))
  }
  const broken = {
    isDown: false,
    get writes() {
      return writes
    },
    store: {
      ...observed,
      load: (key, options) => unlessDown(() => observed.load(key, options)),
      insert: (key, bytes, options) => unlessDown(() => observed.insert(key, bytes, options)),
      append: (key, bytes, token, options) => unlessDown(() => observed.append(key, bytes, token, options)),
      replace: (key, bytes, token, options) => unlessDown(() => observed.replace(key, bytes, token, options)),
    } satisfies DocumentStore as DocumentStore,
  }
  return broken
}
