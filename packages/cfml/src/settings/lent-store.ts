import type { DocumentStore } from '@scopes/core'

/** The same store for several who each close what they have: it is closed when the last has. */
export function lentStores(store: DocumentStore, count: number): readonly DocumentStore[] {
  let open = count
  const giveBack = async (): Promise<void> => {
    open--
    if (open === 0) await store.close()
  }
  return Array.from({ length: count }, () => lent(store, giveBack))
}

function lent(store: DocumentStore, giveBack: () => Promise<void>): DocumentStore {
  let closing: Promise<void> | undefined
  return {
    get capabilities() {
      return store.capabilities
    },
    get feed() {
      return store.feed
    },
    open: options => store.open(options),
    load: (key, options) => store.load(key, options),
    insert: (key, bytes, options) => store.insert(key, bytes, options),
    append: (key, bytes, token, options) => store.append(key, bytes, token, options),
    replace: (key, bytes, token, options) => store.replace(key, bytes, token, options),
    remove: (key, token, options) => store.remove(key, token, options),
    close: () => (closing ??= giveBack()),
  }
}
