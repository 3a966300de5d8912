import type { DocumentStore } from '@scopes/core'

/** A call to a store. */
export interface StoreCall {
  readonly method: 'load' | 'insert' | 'append' | 'replace' | 'remove'
  /** What was sent. */
  readonly bytes: number
}

/** The same store, which tells each call. */
export function countingStore(store: DocumentStore, onCall: (call: StoreCall) => void): DocumentStore {
  return {
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => store.open(options),
    load(key, options) {
      onCall({ method: 'load', bytes: 0 })
      return store.load(key, options)
    },
    insert(key, bytes, options) {
      onCall({ method: 'insert', bytes: bytes.length })
      return store.insert(key, bytes, options)
    },
    append(key, bytes, token, options) {
      onCall({ method: 'append', bytes: bytes.length })
      return store.append(key, bytes, token, options)
    },
    replace(key, bytes, token, options) {
      onCall({ method: 'replace', bytes: bytes.length })
      return store.replace(key, bytes, token, options)
    },
    remove(key, token, options) {
      onCall({ method: 'remove', bytes: 0 })
      return store.remove(key, token, options)
    },
    close: () => store.close(),
  }
}
