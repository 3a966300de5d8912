import type { Clock, DocumentStore, ScopeDefinition } from '@scopes/core'

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
  'ends that are told twice': {
    foundBy: [/a clock that jumps/, /ten minutes ahead/],
    make: () => ({
      scopes: scopes =>
        instead(scopes, {
          onEnd: (definition: ScopeDefinition, handler: (ended: unknown) => void) =>
            scopes.onEnd(definition, ended => [ended, ended].forEach(handler)),
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
}

function skewed(ms: number): (clock: Clock) => Clock {
  return clock => ({ ...clock, now: () => clock.now() + ms })
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
