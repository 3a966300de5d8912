import type { DocumentStore, HeldKeys, MutationResult, StoreToken } from '@scopes/core'

/** What a clause has written at a place, for readers of a feed that follows no more than is held. */
export class HeldDocuments implements HeldKeys {
  readonly #tokens = new Map<string, StoreToken>()

  keys(): Iterable<string> {
    return this.#tokens.keys()
  }

  tokenOf(key: string): StoreToken | undefined {
    return this.#tokens.get(key)
  }

  /** The same store; whatever is written by it is held from then on. */
  noting(store: DocumentStore): DocumentStore {
    const note = async (key: string, writing: Promise<MutationResult>): Promise<MutationResult> => {
      const result = await writing
      if (result.type === 'done') this.#tokens.set(key, result.token)
      return result
    }
    return {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      load: (key, options) => store.load(key, options),
      insert: (key, ...asked) => note(key, store.insert(key, ...asked)),
      append: (key, ...asked) => note(key, store.append(key, ...asked)),
      replace: (key, ...asked) => note(key, store.replace(key, ...asked)),
      remove: (key, ...asked) => note(key, store.remove(key, ...asked)),
      close: () => store.close(),
    }
  }
}
