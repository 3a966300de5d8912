import type { DocumentStore, StoreCapabilities } from '@scopes/core'

/** What is different about a store. */
export interface StoreChanges {
  readonly capabilities?: StoreCapabilities | undefined
  /** Told before each request for a document. */
  readonly onRequest?: ((operation: 'load' | 'insert' | 'append' | 'replace' | 'remove') => void) | undefined
}

/** The store, but for that. */
export function storeOver(store: DocumentStore, { capabilities, onRequest }: StoreChanges): DocumentStore {
  return {
    capabilities: capabilities ?? store.capabilities,
    feed: store.feed,
    open: options => store.open(options),
    load: (key, options) => {
      onRequest?.('load')
      return store.load(key, options)
    },
    insert: (key, bytes, options) => {
      onRequest?.('insert')
      return store.insert(key, bytes, options)
    },
    append: (key, bytes, token, options) => {
      onRequest?.('append')
      return store.append(key, bytes, token, options)
    },
    replace: (key, bytes, token, options) => {
      onRequest?.('replace')
      return store.replace(key, bytes, token, options)
    },
    remove: (key, token, options) => {
      onRequest?.('remove')
      return store.remove(key, token, options)
    },
    close: () => store.close(),
  }
}
