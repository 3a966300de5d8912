import type { DocumentStore } from '@scopes/core'

/** A call to a store. */
export interface StoreCall {
  readonly method: 'open' | 'load' | 'insert' | 'append' | 'replace' | 'remove' | 'close'
  /** The document that is concerned; undefined: none. */
  readonly key: string | undefined
  /** The bytes that were sent; 0: it sends none. */
  readonly bytes: number
}

/** Who is told of calls. */
export interface StoreObserver {
  /** Told before a call is made. */
  readonly onCall?: (call: StoreCall) => void
  /** Told when a call is over, whether it was answered or failed. */
  readonly onOver?: (call: StoreCall) => void
}

/** The same store, observed. It has no `this`: `{ ...observedStore(store, observer), feed }` is the one with another feed. */
export function observedStore(store: DocumentStore, { onCall, onOver }: StoreObserver): DocumentStore {
  const observe = <T>(
    method: StoreCall['method'],
    key: string | undefined,
    bytes: number,
    make: () => Promise<T>,
  ): Promise<T> => {
    const call = { method, key, bytes }
    onCall?.(call)
    return onOver ? make().finally(() => onOver(call)) : make()
  }
  return {
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => observe('open', undefined, 0, () => store.open(options)),
    load: (key, options) => observe('load', key, 0, () => store.load(key, options)),
    insert: (key, bytes, options) => observe('insert', key, bytes.length, () => store.insert(key, bytes, options)),
    append: (key, bytes, token, options) =>
      observe('append', key, bytes.length, () => store.append(key, bytes, token, options)),
    replace: (key, bytes, token, options) =>
      observe('replace', key, bytes.length, () => store.replace(key, bytes, token, options)),
    remove: (key, token, options) => observe('remove', key, 0, () => store.remove(key, token, options)),
    close: () => observe('close', undefined, 0, () => store.close()),
  }
}
