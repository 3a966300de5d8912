import { type DocumentStore, StoreUnavailableError } from '@scopes/core'
import { observedStore } from '@scopes/testing'

/** A store that can be away, and counts what is written to it. */
export interface BreakableStore {
  readonly store: DocumentStore
  /** No call is answered while it is true. */
  isDown: boolean
  /** Mutations since the beginning. */
  readonly writes: number
  /** Resolves when the next mutation is over, however it ends. To be called before it begins. */
  nextWrite(): Promise<void>
}

export function breakableStore(inner: DocumentStore): BreakableStore {
  let writes = 0
  const isWrite = ({ method }: { readonly method: string }): boolean => method !== 'load' && method !== 'open'
  const waiting = new Set<() => void>()
  const tell = (): void => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  const observed = observedStore(inner, {
    onCall: call => void (isWrite(call) && writes++),
    onOver: call => void (isWrite(call) && tell()),
  })
  const unlessDown = <T>(call: () => Promise<T>): Promise<T> => {
    if (!broken.isDown) return call()
    return Promise.reject(new StoreUnavailableError('The store is away.', { outcome: 'none' }))
  }
  const broken = {
    isDown: false,
    get writes() {
      return writes
    },
    nextWrite: () => new Promise<void>(resolve => waiting.add(resolve)),
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
