import {
  type DocumentStore,
  type OpenScopesOptions,
  type ScopeDefinition,
  type Scopes,
  defineScope,
  memoryStore,
  openScopes,
} from '../../src/index.ts'

export interface SessionState {
  hits: number
  user?: string | undefined
  cart: { sku: string; quantity: number }[]
  notes: Record<string, string>
}

export const Session: ScopeDefinition<SessionState> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ hits: 0, cart: [], notes: {} }),
})

/** How often each operation of a store was called. */
export interface CallCounts {
  load: number
  insert: number
  append: number
  replace: number
  remove: number
  /** Bytes handed to append. */
  appended: number
}

/** The store with its calls counted, and a hook before each. */
export function counted(store: DocumentStore = memoryStore()): {
  readonly store: DocumentStore
  readonly counts: CallCounts
  before: (operation: keyof CallCounts, key: string) => Promise<void> | void
} {
  const counts: CallCounts = { load: 0, insert: 0, append: 0, replace: 0, remove: 0, appended: 0 }
  const watched = {
    counts,
    before: (_operation: keyof CallCounts, _key: string): Promise<void> | void => {},
    store: {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      close: () => store.close(),
      async load(key, options) {
        counts.load++
        await watched.before('load', key)
        return store.load(key, options)
      },
      async insert(key, bytes, options) {
        counts.insert++
        await watched.before('insert', key)
        return store.insert(key, bytes, options)
      },
      async append(key, bytes, token, options) {
        counts.append++
        counts.appended += bytes.length
        await watched.before('append', key)
        return store.append(key, bytes, token, options)
      },
      async replace(key, bytes, token, options) {
        counts.replace++
        await watched.before('replace', key)
        return store.replace(key, bytes, token, options)
      },
      async remove(key, token, options) {
        counts.remove++
        await watched.before('remove', key)
        return store.remove(key, token, options)
      },
    } satisfies DocumentStore as DocumentStore,
  }
  return watched
}

/** `count` processes on one store. */
export async function processes(
  count: number,
  options: Partial<OpenScopesOptions> = {},
): Promise<readonly [Scopes, ...Scopes[]]> {
  const store = options.store ?? memoryStore()
  const open = (index: number): Promise<Scopes> =>
    openScopes({ application: 'shop', process: `P${index}`, ...options, store })
  const first = await open(1)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => open(index + 2)))
  return [first, ...others]
}
