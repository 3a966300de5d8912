import type { DocumentStore } from '@scopes/core'

/** A store that knows how many of its calls are not answered yet. */
export interface CountedStore extends DocumentStore {
  readonly underWay: number
}

/** The store, and how much it has to do. */
export function countedStore(store: DocumentStore): CountedStore {
  let underWay = 0
  const count = async <T>(call: () => Promise<T>): Promise<T> => {
    underWay++
    try {
      return await call()
    } finally {
      underWay--
    }
  }
  return {
    get underWay() {
      return underWay
    },
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => count(() => store.open(options)),
    load: (key, options) => count(() => store.load(key, options)),
    insert: (key, bytes, options) => count(() => store.insert(key, bytes, options)),
    append: (key, bytes, token, options) => count(() => store.append(key, bytes, token, options)),
    replace: (key, bytes, token, options) => count(() => store.replace(key, bytes, token, options)),
    remove: (key, token, options) => count(() => store.remove(key, token, options)),
    close: () => count(() => store.close()),
  }
}
