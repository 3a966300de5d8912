import type { DocumentStore, MutationResult, StoreCallOptions, StoredDocument, StoreToken } from '@scopes/core'

import { each, type BrokenEngine } from './broken-engine.ts'

/** Engines whose store, or whose use of it, is wrong. */
export const brokenStores: readonly BrokenEngine[] = [
  {
    flaw: 'lets the last write win',
    kinds: ['lost-update'],
    shownBy: 20,
    engine: () => ({ store: lastWriteWins }),
  },
  {
    flaw: 'replaces without looking at the token',
    kinds: ['lost-update', 'revival'],
    shownBy: 20,
    engine: () => ({
      store: store => ({
        ...store,
        replace: async (key, bytes, token, options) => {
          const current = await store.load(key)
          return store.replace(key, bytes, current?.token ?? token, options)
        },
      }),
    }),
  },
  {
    flaw: 'creates over what is there',
    kinds: ['lost-update', 'revival'],
    shownBy: 37,
    engine: () => ({
      store: store => ({
        ...store,
        insert: async (key, bytes, options) => {
          const current = await store.load(key)
          return current ? store.replace(key, bytes, current.token, options) : store.insert(key, bytes, options)
        },
      }),
    }),
  },
  {
    flaw: 'deletes without a fence, so that late writes revive',
    kinds: ['revival'],
    shownBy: 31,
    engine: () => ({ store: withoutFence }),
  },
  {
    flaw: 'acknowledges what it does not write',
    kinds: ['lost-update'],
    shownBy: 34,
    engine: () => {
      const isForgotten = each(5)
      return {
        store: store => ({
          ...store,
          append: async (key, bytes, token, options) =>
            isForgotten()
              ? { type: 'done', token: (token + 1n) as StoreToken }
              : store.append(key, bytes, token, options),
        }),
      }
    },
  },
  {
    flaw: 'reads from a replica that lags behind',
    kinds: ['stale-read', 'non-monotonic-read', 'observer-order'],
    shownBy: 35,
    engine: () => ({ store: laggingReads }),
  },
]

/** Who writes last overwrites, with what it had read before. */
function lastWriteWins(store: DocumentStore): DocumentStore {
  const states = new Map<StoreToken, Uint8Array>()
  const overwrite = async (key: string, token: StoreToken, bytes: Uint8Array): Promise<MutationResult> => {
    const current = await store.load(key)
    const result = await store.replace(key, bytes, current?.token ?? token)
    if (result.type === 'done') states.set(result.token, bytes)
    return result
  }
  return {
    ...store,
    load: async (key: string, { signal }: StoreCallOptions = {}) => {
      const loaded = await store.load(key, { signal })
      if (loaded) states.set(loaded.token, loaded.bytes)
      return loaded
    },
    insert: async (key, bytes, options) => {
      const result = await store.insert(key, bytes, options)
      if (result.type === 'done') states.set(result.token, bytes)
      return result
    },
    append: async (key, bytes, token, options) => {
      const known = states.get(token)
      return known ? overwrite(key, token, Buffer.concat([known, bytes])) : store.append(key, bytes, token, options)
    },
    replace: (key, bytes, token) => overwrite(key, token, bytes),
  }
}

/** The kind byte of a frame that ends a scope. */
const endKind = 3

/** An end removes the document, and a write to a document that is gone puts it back. */
function withoutFence(store: DocumentStore): DocumentStore {
  const newest = new Map<string, Uint8Array>()
  return {
    ...store,
    load: async (key: string, { signal }: StoreCallOptions = {}) => {
      const loaded = await store.load(key, { signal })
      if (loaded) newest.set(key, loaded.bytes)
      return loaded
    },
    insert: async (key, bytes, options) => {
      const result = await store.insert(key, bytes, options)
      if (result.type === 'done') newest.set(key, bytes)
      return result
    },
    append: async (key, bytes, token, options) => {
      const known = newest.get(key)
      if (known === undefined || (await store.load(key)) !== undefined) {
        const result = await store.append(key, bytes, token, options)
        if (result.type === 'done' && known) newest.set(key, Buffer.concat([known, bytes]))
        return result
      }
      return store.insert(key, Buffer.concat([known, bytes]))
    },
    replace: async (key, bytes, token, options) => {
      if (bytes[2] === endKind) return store.remove(key, token, options)
      const result = await store.replace(key, bytes, token, options)
      if (result.type === 'done') newest.set(key, bytes)
      return result
    },
  }
}

/** Each third read of a document answers with the state before. */
function laggingReads(store: DocumentStore): DocumentStore {
  const isLagging = each(3)
  const before = new Map<string, StoredDocument | undefined>()
  return {
    ...store,
    load: async (key: string, { signal }: StoreCallOptions = {}) => {
      const loaded = await store.load(key, { signal })
      const older = before.get(key)
      if (older && isLagging()) return older
      before.set(key, loaded)
      return loaded
    },
  }
}
