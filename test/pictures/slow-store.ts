import type { DocumentStore } from '@scopes/core'
import type { ManualClock, SeededRandom } from '@scopes/testing'

/** The store as if it were a machine away: a commit takes 1 to 5 ms of the clock. */
export function slowStore(store: DocumentStore, clock: ManualClock, random: SeededRandom): DocumentStore {
  const travel = (): Promise<void> => clock.sleep(1 + random.below(5))
  return {
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => store.open(options),
    close: () => store.close(),
    load: (key, options) => store.load(key, options),
    remove: (key, token, options) => store.remove(key, token, options),
    async insert(key, bytes, options) {
      await travel()
      return store.insert(key, bytes, options)
    },
    async append(key, bytes, token, options) {
      await travel()
      return store.append(key, bytes, token, options)
    },
    async replace(key, bytes, token, options) {
      await travel()
      return store.replace(key, bytes, token, options)
    },
  }
}
