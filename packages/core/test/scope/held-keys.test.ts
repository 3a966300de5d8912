import { expect, test } from 'vitest'
import {
  type ChangeFeed,
  type FeedOptions,
  type ScopeCache,
  type Scopes,
  memoryCache,
  memoryStore,
  openScopes,
} from '../../src/index.ts'
import { Session } from './fixture.ts'

/** Scopes on a feed that notes how it is opened. */
async function openNoted(options: { readonly isFed?: boolean } = {}): Promise<{
  readonly scopes: Scopes
  readonly opened: readonly FeedOptions[]
}> {
  const store = memoryStore()
  const opened: FeedOptions[] = []
  const feed: ChangeFeed = {
    coverage: 'held',
    partitions: 1,
    open: asked => {
      opened.push(asked ?? {})
      return store.feed?.open(asked) ?? expect.fail('a memory store has a feed')
    },
    probe: async () => store.feed?.probe(),
  }
  const cache = options.isFed ? { cluster: false, cache: fedCache() } : {}
  return { scopes: await openScopes({ application: 'shop', store, feed, ...cache }), opened }
}

/** A cache that is fed, and has a scope that nobody holds. */
function fedCache(): ScopeCache {
  const inner = memoryCache()
  return {
    get: key => inner.get(key),
    set: (key, copy) => inner.set(key, copy),
    delete: (key, token) => inner.delete(key, token),
    clear: () => inner.clear(),
    replication: {
      kinds: undefined,
      values: 'fed',
      whenBehind: 'store',
      maxLagMs: 1_000_000,
      attach: () => {},
      begin: () => {},
      keys: () => ['session:shop:1', 'session:shop:cached'],
      receive: () => {},
      distrust: () => {},
    },
  }
}

const held = (opened: readonly FeedOptions[]): readonly string[] => [...(opened.at(-1)?.held?.keys() ?? [])].toSorted()

test('a feed is told which scopes are watched, as long as they are', async () => {
  const { scopes, opened } = await openNoted()
  const [one, two] = [await scopes.open(Session, '1'), await scopes.open(Session, '2')]
  const watching = [one.value$.subscribe(), two.value$.subscribe()]
  expect(held(opened)).toEqual(['session:shop:1', 'session:shop:2'])
  watching[0]?.unsubscribe()
  expect(held(opened)).toEqual(['session:shop:2'])
  await scopes.close()
})

test('with replicas it is told all that anybody holds or the replicas have, and what is known of them', async () => {
  const { scopes, opened } = await openNoted({ isFed: true })
  const one = await scopes.open(Session, '1')
  await scopes.open(Session, 'nothing')
  await one.update(draft => void draft.hits++)
  expect(held(opened)).toEqual(['session:shop:1', 'session:shop:cached', 'session:shop:nothing'])
  expect(opened.at(-1)?.held?.tokenOf('session:shop:1')).toBeTypeOf('bigint')
  expect(opened.at(-1)?.held?.tokenOf('session:shop:nothing')).toBeUndefined()
  await scopes.close()
})

test('who reads the changes of all scopes tells what handles there are', async () => {
  const { scopes, opened } = await openNoted()
  const one = await scopes.open(Session, '1')
  const reading = scopes.changes().subscribe()
  expect(held(opened)).toEqual(['session:shop:1'])
  const two = await scopes.open(Session, '2')
  expect(held(opened)).toEqual(['session:shop:1', 'session:shop:2'])
  reading.unsubscribe()
  expect([one.id, two.id]).toEqual(['1', '2'])
  await scopes.close()
})
