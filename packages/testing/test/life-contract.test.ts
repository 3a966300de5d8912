import { type DocumentStore, type Scope, type Scopes } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { memoryPlace } from '../src/history/run/system-place.ts'
import { brokenLives, copied, instead } from './broken/broken-lives.ts'
import { type LifeFlaw, lifeContract } from '../src/life-contract/life-contract.ts'

describe('the life of scopes on the memory store', () => {
  lifeContract({ test, setup: memoryPlace })
})

/** What the contract must find, and by which clauses at least. */
const broken: Readonly<Record<string, LifeFlaw & { readonly foundBy: readonly RegExp[] }>> = {
  'a lifetime that is not kept': {
    foundBy: [/lives beyond that of its kind/, /survives compactions/, /set once/],
    scopes: scopes => withHandles(scopes, { setLifetime: scope => scope.update(() => undefined) }),
  },
  'a lifetime that rotations lose': {
    foundBy: [/survives compactions/],
    scopes: scopes =>
      withHandles(scopes, {
        rotate: async (scope, options) => {
          const next = await scope.rotate(options as never)
          await next.setLifetime({})
          return next
        },
      }),
  },
  'a lifetime that is set again by the one who set it': {
    foundBy: [/set once/],
    scopes: scopes =>
      withHandles(scopes, {
        setLifetime: async (scope, lifetime) => {
          await scope.setLifetime({ idle: '1h' })
          return scope.setLifetime(lifetime as never)
        },
      }),
  },
  'a rotation that moves everything': {
    foundBy: [/moves what its list keeps/],
    scopes: scopes => withHandles(scopes, { rotate: scope => scope.rotate() }),
  },
  'endAll that ends nobody': {
    foundBy: [/ends every scope/, /spares the exception/, /login that is under way/, /rotation that is under way/],
    scopes: scopes => instead(scopes, { endAll: () => Promise.resolve(0) }),
  },
  'endAll that spares nobody': {
    foundBy: [/spares the exception/],
    scopes: scopes =>
      instead(scopes, {
        endAll: (definition: never, options: object) =>
          scopes.endAll(definition, { ...options, except: undefined } as never),
      }),
  },
  'an index that is written after what it names': {
    foundBy: [/login that is under way/],
    store: store => late(store, key => key.startsWith('index:')),
  },
  'a store that replaces whatever is there': {
    foundBy: [/rotation that is under way/],
    store: overwriting,
  },
  'an index from which nothing is taken out': {
    foundBy: [/answers about an index/],
    store: store => ({
      ...copied(store),
      remove: (key, token, options) =>
        key.startsWith('index:') ? Promise.resolve({ type: 'done', token }) : store.remove(key, token, options),
    }),
  },
}

const all = {
  ...Object.fromEntries(
    Object.entries(broken).map(([name, { foundBy, ...flaw }]) => [name, { foundBy, make: () => flaw }]),
  ),
  ...brokenLives,
}

// At the same time: a clause that waits for what does not come finds it when its patience is at an end.
describe.concurrent.each(Object.entries(all))('%s', (_name, { foundBy, make }) => {
  test.each(foundBy)('is found by the clause %s', async pattern => {
    const runs = new Map<string, () => Promise<void>>()
    lifeContract({ test: (name, run) => runs.set(name, run), setup: memoryPlace, flaw: make(), patienceMs: 5000 })
    const [found] = [...runs].filter(([name]) => pattern.test(name))
    await expect(found?.[1]()).rejects.toThrow()
  })
})

test('each clause finds something broken', () => {
  const names: string[] = []
  lifeContract({ test: name => names.push(name), setup: memoryPlace })
  const patterns = Object.values(all).flatMap(({ foundBy }) => foundBy)
  expect(names.filter(name => !patterns.some(pattern => pattern.test(name)))).toEqual([])
})

type Act = (scope: Scope<object>, argument: unknown) => unknown

/** Scopes whose handles do something else. */
function withHandles(scopes: Scopes, acts: Readonly<Record<string, Act>>): Scopes {
  return instead(scopes, {
    open: async (...[definition, id, options]: Parameters<Scopes['open']>) => {
      const scope = await scopes.open(definition, id, options)
      const methods = Object.entries(acts).map(([name, act]) => [name, (argument: unknown) => act(scope, argument)])
      return instead(scope, Object.fromEntries(methods) as Readonly<Record<string, unknown>>)
    },
  })
}

/** Says that such an insert is done, and does it after the next other mutation. */
function late(store: DocumentStore, isLate: (key: string) => boolean): DocumentStore {
  const waiting: (() => Promise<unknown>)[] = []
  const after = async <T>(mutation: Promise<T>): Promise<T> => {
    const result = await mutation
    for (const write of waiting.splice(0)) await write()
    return result
  }
  return {
    ...copied(store),
    insert: (key, bytes, options) => {
      if (!isLate(key)) return after(store.insert(key, bytes, options))
      waiting.push(() => store.insert(key, bytes, options))
      return Promise.resolve({ type: 'done', token: '0'.repeat(16) as never })
    },
    append: (key, bytes, token, options) => after(store.append(key, bytes, token, options)),
  }
}

/** A replace by an old token is done by the new one. */
function overwriting(store: DocumentStore): DocumentStore {
  return {
    ...copied(store),
    async replace(key, bytes, token, options) {
      const result = await store.replace(key, bytes, token, options)
      if (result.type === 'done' || key.startsWith('index:')) return result
      const current = await store.load(key)
      return current ? store.replace(key, bytes, current.token, options) : result
    },
  }
}
