import { type StoreCall, diagnostics } from '../diagnostics.ts'
import type { DocumentStore } from './document-store.ts'

/** The same store, whose requests are told on `scopes:store` while somebody listens. */
export function tracedStore(store: DocumentStore): DocumentStore {
  const { storeCall } = diagnostics
  return {
    get capabilities() {
      return store.capabilities
    },
    get feed() {
      return store.feed
    },
    open: options => store.open(options),
    close: () => store.close(),
    load: (documentKey, options) => {
      if (!storeCall.hasSubscribers) return store.load(documentKey, options)
      return storeCall.trace(callOf('load', documentKey), () => store.load(documentKey, options))
    },
    insert: (documentKey, bytes, options) => {
      if (!storeCall.hasSubscribers) return store.insert(documentKey, bytes, options)
      return storeCall.trace(callOf('insert', documentKey, bytes), () => store.insert(documentKey, bytes, options))
    },
    append: (documentKey, bytes, token, options) => {
      if (!storeCall.hasSubscribers) return store.append(documentKey, bytes, token, options)
      return storeCall.trace(callOf('append', documentKey, bytes), () =>
        store.append(documentKey, bytes, token, options),
      )
    },
    replace: (documentKey, bytes, token, options) => {
      if (!storeCall.hasSubscribers) return store.replace(documentKey, bytes, token, options)
      return storeCall.trace(callOf('replace', documentKey, bytes), () =>
        store.replace(documentKey, bytes, token, options),
      )
    },
    remove: (documentKey, token, options) => {
      if (!storeCall.hasSubscribers) return store.remove(documentKey, token, options)
      return storeCall.trace(callOf('remove', documentKey), () => store.remove(documentKey, token, options))
    },
  }
}

function callOf(type: StoreCall['type'], documentKey: string, bytes?: Uint8Array): StoreCall {
  return { type, documentKey, bytes: bytes?.length ?? 0 }
}
