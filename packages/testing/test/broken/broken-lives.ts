import {
  type ChangeFeed,
  type Clock,
  decodeDocument,
  type DocumentStore,
  type EndedScope,
  type FeedMessage,
  type ScopeDefinition,
  type Scopes,
} from '@scopes/core'

import type { LifeFlaw } from '../../src/life-contract/life-contract.ts'

/** Scopes that break promises about their life, and the clauses that must catch them. */
export interface BrokenLife {
  readonly foundBy: readonly RegExp[]
  /** Made anew for each run. */
  readonly make: () => LifeFlaw
}

const minute = 60_000

/** By what is wrong with them. */
export const brokenLives: Readonly<Record<string, BrokenLife>> = {
  'clocks that are ahead by more than they are said to be': {
    foundBy: [/clocks within the bound/],
    make: () => ({ clock: skewed(5000) }),
  },
  'clocks that are behind by more than they are said to be': {
    foundBy: [/clocks within the bound/],
    make: () => ({ clock: skewed(-20 * minute) }),
  },
  'end markers that go by the clock of who ended': {
    foundBy: [/what arrives late does not bring them back/],
    make: () => {
      let now = (): number => 0
      return {
        clock: clock => {
          // The last process that is started in the clause, or the only one that is wrong.
          const before = now
          now = () => Math.min(before() || Infinity, clock.now())
          return clock
        },
        store: store => ({
          ...copied(store),
          replace: (key, bytes, token, { ttlSeconds, ...options } = {}) =>
            store.replace(key, bytes, token, {
              ...options,
              ...(ttlSeconds !== undefined && { expiresAt: Math.ceil(now() / 1000) + ttlSeconds }),
            }),
        }),
      }
    },
  },
  'rotations whose successor goes with its first expiry': {
    foundBy: [/the successor is there/],
    make: () => {
      const expiries = new Map<string, number | undefined>()
      return {
        store: store => ({
          ...copied(store),
          insert: (key, bytes, options = {}) => {
            const known = expiries.has(key) ? { expiresAt: expiries.get(key) } : {}
            expiries.set(key, options.expiresAt)
            return store.insert(key, bytes, { ...options, ...known })
          },
        }),
      }
    },
  },
  'copies of rotations that go with their minute': {
    foundBy: [/tells of both ids/],
    make: () => ({
      store: store => ({
        ...copied(store),
        insert: (key, bytes, options = {}) => {
          const document = key.startsWith('call:') ? decodeDocument(bytes) : undefined
          const isCopy = document?.type === 'live' && document.facts.isProvisional
          return store.insert(key, bytes, { ...options, ...(isCopy && { expiresAt: document.deadline }) })
        },
      }),
    }),
  },
  'ends that are told twice': {
    foundBy: [/a clock that jumps/, /ten minutes ahead/],
    make: () => ({
      scopes: scopes =>
        withHandlers(scopes, handler => async ended => {
          await handler(ended)
          await handler(ended)
        }),
    }),
  },
  'clocks of which nobody says that they are apart': {
    foundBy: [/told of by each who sees it/],
    make: () => ({
      // Each process sees what it writes and reads at its own time.
      clock: clock => ({ ...clock, now: () => Math.min(clock.now(), Date.UTC(2026, 0, 1)) }),
    }),
  },
  'handlers that nobody tells': {
    foundBy: [/each end is told once/],
    make: () => ({ scopes: scopes => withHandlers(scopes, () => () => {}) }),
  },
  'handlers that are told of the end before it is there': {
    foundBy: [/each end is told once/],
    make: () => {
      let tell: (ended: EndedScope) => unknown = () => {}
      return {
        store: store => ({
          ...copied(store),
          replace: async (key, bytes, token, options) => {
            const before = decodeDocument(bytes)
            if (before.type === 'ended' && before.delivery.type === 'pending') {
              await tell({ key: { application: 'shop', kind: 'call', id: key.slice(10) } } as EndedScope)
            }
            return store.replace(key, bytes, token, options)
          },
        }),
        scopes: scopes => withHandlers(scopes, handler => (tell = handler)),
      }
    },
  },
  'handlers whose failures nobody minds': {
    foundBy: [/one that fails is told again/],
    make: () => ({
      scopes: scopes =>
        withHandlers(scopes, handler => async ended => {
          try {
            await handler(ended)
          } catch {
            // Nobody minds.
          }
        }),
    }),
  },
  'handlers that nobody waits for': {
    foundBy: [/one that hangs is stopped/],
    make: () => ({ scopes: scopes => withHandlers(scopes, handler => ended => void handler(ended)) }),
  },
  'handlers that all other ends wait for': {
    foundBy: [/one that hangs is stopped/],
    make: () => {
      let last: Promise<unknown> = Promise.resolve()
      return {
        scopes: scopes =>
          withHandlers(scopes, handler => ended => {
            const work = last.then(() => handler(ended))
            last = work.catch(() => {})
            return work
          }),
      }
    },
  },
  'claims that never fall silent': {
    foundBy: [/of all processes one is told/],
    make: () => ({ clock: clock => ({ ...clock, monotonic: () => 0 }) }),
  },
  'ends that are told in each process': {
    foundBy: [/of all processes one is told/, /reaper: what nobody opens/, /reaper: two that both believe/],
    make: () => {
      const handlers: ((ended: EndedScope) => unknown)[] = []
      return {
        scopes: scopes =>
          withHandlers(scopes, handler => {
            handlers.push(handler)
            return ended => Promise.all(handlers.map(async one => one(ended)))
          }),
      }
    },
  },
  'ends that wait for ten minutes, whatever the kind says': {
    foundBy: [/an end waits for them/],
    make: () => ({
      store: store => ({
        ...copied(store),
        replace: (key, bytes, token, options = {}) => {
          const { ttlSeconds } = options
          return store.replace(key, bytes, token, { ...options, ...(ttlSeconds !== undefined && { ttlSeconds: 600 }) })
        },
        insert: (key, bytes, options = {}) => {
          const { ttlSeconds } = options
          return store.insert(key, bytes, { ...options, ...(ttlSeconds !== undefined && { ttlSeconds: 600 }) })
        },
      }),
    }),
  },
  'a word that an end is told which is not written': {
    foundBy: [/answers about an end and its delivery/, /down for 20 seconds while they work/],
    make: () => ({
      store: store => ({
        ...copied(store),
        replace: (key, bytes, token, options) => {
          const document = key.startsWith('call:') ? decodeDocument(bytes) : undefined
          const isWord = document?.type === 'ended' && document.delivery.type === 'delivered'
          return isWord ? Promise.resolve({ type: 'done', token }) : store.replace(key, bytes, token, options)
        },
      }),
    }),
  },
  'a rotation that is made again': {
    foundBy: [/each write of a rotation/],
    make: () => ({
      scopes: scopes =>
        instead(scopes, {
          open: async (...asked: Parameters<Scopes['open']>) => {
            const scope = await scopes.open(...asked)
            return instead(scope, { rotate: async () => (await scope.rotate()).rotate() })
          },
        }),
    }),
  },
  'a feed that brings no scope': {
    foundBy: [
      /reaper: what nobody opens/,
      /reaper: what was stored/,
      /reaper: where a process dies/,
      /reaper: a store that is down/,
    ],
    make: () => ({
      store: store => ({ ...copied(store), feed: store.feed && without(store.feed, key => key.startsWith('call:')) }),
    }),
  },
  'scopes that end by a clock that is five seconds behind': {
    foundBy: [/reaper: what nobody opens/],
    make: () => ({
      store: store => store,
      clock: clock => {
        // What it writes is right, what it judges is late.
        const begun = clock.now()
        return { ...clock, now: () => Math.max(begun, clock.now() - 5000) }
      },
    }),
  },
  'ends that are written over whatever is there': {
    foundBy: [/reaper: what is used lives on/],
    make: () => ({
      store: store => ({
        ...copied(store),
        async replace(key, bytes, token, options) {
          const result = await store.replace(key, bytes, token, options)
          if (result.type === 'done' || !key.startsWith('call:')) return result
          const current = await store.load(key)
          return current ? store.replace(key, bytes, current.token, options) : result
        },
      }),
    }),
  },
}

function skewed(ms: number): (clock: Clock) => Clock {
  return clock => ({ ...clock, now: () => clock.now() + ms })
}

/** The scopes, with every handler changed. */
function withHandlers(
  scopes: Scopes,
  change: (handler: (ended: EndedScope) => unknown) => (ended: EndedScope) => unknown,
): Scopes {
  return instead(scopes, {
    onEnd: (definition: ScopeDefinition, handler: (ended: EndedScope) => unknown) =>
      scopes.onEnd(definition, change(handler)),
  })
}

/** The feed without what it says about these documents. */
function without(feed: ChangeFeed, isLeftOut: (key: string) => boolean): ChangeFeed {
  return {
    coverage: feed.coverage,
    partitions: feed.partitions,
    probe: options => feed.probe(options),
    open: options => {
      const messages = feed.open(options)
      return (async function* (): AsyncGenerator<FeedMessage> {
        for await (const message of messages) if (!('key' in message) || !isLeftOut(message.key)) yield message
      })()
    },
  }
}

/** The object with some of its methods in the place of its own. */
export function instead<T extends object>(original: T, methods: Readonly<Record<string, unknown>>): T {
  return new Proxy(original, {
    get(target, name) {
      if (typeof name === 'string' && name in methods) return methods[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** The store as an object of which parts can be replaced. */
export function copied(store: DocumentStore): DocumentStore {
  return {
    capabilities: store.capabilities,
    feed: store.feed,
    open: options => store.open(options),
    load: (key, options) => store.load(key, options),
    insert: (key, bytes, options) => store.insert(key, bytes, options),
    append: (key, bytes, token, options) => store.append(key, bytes, token, options),
    replace: (key, bytes, token, options) => store.replace(key, bytes, token, options),
    remove: (key, token, options) => store.remove(key, token, options),
    close: () => store.close(),
  }
}
