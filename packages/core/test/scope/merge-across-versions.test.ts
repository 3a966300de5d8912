import { describe, expect, test } from 'vitest'
import { schemaVersionOf } from '../../src/document/schema-version-of.ts'
import { type DocumentStore, type Scope, defineScope, memoryStore } from '../../src/index.ts'
import {
  type First,
  type Second,
  SessionV1,
  SessionV2,
  SessionV3,
  SessionV3Deploying,
  type Third,
  process,
  stored,
  toSecond,
} from './shapes.ts'

const key = 'session:shop:s'

/** Of a document of version 1, opened by a process of each version. */
async function opened(): Promise<{
  readonly store: DocumentStore
  readonly first: Scope<First>
  readonly second: Scope<Second>
  readonly third: Scope<Third>
}> {
  const store = memoryStore()
  const first = await (await process('first', { store })).open(SessionV1, 's')
  await first.update(draft => {
    draft.items.push('a', 'b', 'c')
    draft.notes['x'] = '1'
  })
  const second = await (await process('second', { store })).open(SessionV2, 's')
  const third = await (await process('third', { store })).open(SessionV3, 's')
  return { store, first, second, third }
}

/** So many commits that those before are no frames of the document any more. */
async function compacted(store: DocumentStore, count: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < 70; index++) await count()
  expect((await stored(store, key)).snapshotVersion).toBeGreaterThan(2)
}

describe.each([['at hand'], ['gone']])(
  'a draft on a document of an older version, with the history since %s,',
  history => {
    test('is merged with what was written in the older shape', async () => {
      const { store, first, third } = await opened()
      const work = third.draft()
      if (work.value.cart[1]) work.value.cart[1].quantity = 5
      work.value.about.notes['mine'] = '1'
      await first.update(draft => {
        draft.items.shift()
        draft.items.push('d')
        draft.notes['theirs'] = '1'
      })
      if (history === 'gone') await compacted(store, () => first.update(draft => void draft.hits++))
      expect(await work.commit()).toMatchObject({ merged: true })
      expect(third.value).toEqual({
        hits: history === 'gone' ? 70 : 0,
        cart: [
          { sku: 'b', quantity: 5 },
          { sku: 'c', quantity: 1 },
          { sku: 'd', quantity: 1 },
        ],
        about: { notes: { x: '1', mine: '1', theirs: '1' }, language: 'en' },
      })
      expect(schemaVersionOf(await stored(store, key))).toBe(3)
    })

    test('is merged with what raised the document meanwhile', async () => {
      const { store, second, third } = await opened()
      const work = third.draft()
      work.value.cart.push({ sku: 'mine', quantity: 2 })
      await second.update(draft => {
        draft.cart.splice(0, 1)
        draft.notes['language'] = 'de'
      })
      if (history === 'gone') await compacted(store, () => second.update(draft => void draft.hits++))
      expect(await work.commit()).toMatchObject({ merged: true })
      expect(third.value.cart.map(({ sku, quantity }) => [sku, quantity])).toEqual([
        ['b', 1],
        ['c', 1],
        ['mine', 2],
      ])
      expect(third.value.about).toEqual({ notes: { x: '1', language: 'de' }, language: 'de' })
    })

    test('of a process that may downcast is merged with what was raised to its own version', async () => {
      const { store, third } = await opened()
      const deploying = await (await process('deploying', { store })).open(SessionV3Deploying, 's')
      const work = deploying.draft()
      work.value.about.notes['mine'] = '1'
      await third.update(draft => {
        draft.about.language = 'fr'
        draft.cart.pop()
      })
      if (history === 'gone') await compacted(store, () => third.update(draft => void draft.hits++))
      expect(await work.commit()).toMatchObject({ merged: true })
      expect(schemaVersionOf(await stored(store, key))).toBe(3)
      expect(deploying.value.about).toEqual({ notes: { x: '1', mine: '1' }, language: 'fr' })
      expect(deploying.value.cart.map(({ sku }) => sku)).toEqual(['a', 'b'])
    })

    test('is refused where the winner is of a version that is not known, and nothing is written', async () => {
      const { store, second, third } = await opened()
      const work = second.draft()
      work.value.hits = 9
      await third.update(draft => void draft.hits++)
      if (history === 'gone') await compacted(store, () => third.update(draft => void draft.hits++))
      const before = await store.load(key)
      await expect(work.commit()).rejects.toMatchObject({ code: 'unreadable', outcome: 'none' })
      expect(await store.load(key)).toEqual(before)
    })
  },
)

test('a draft is refused where the winner cannot be upcast, and is committed once it can', async () => {
  const Picky = defineScope({
    kind: 'session',
    initial: (): Second => ({ hits: 0, cart: [], notes: {} }),
    version: 2,
    upcast: {
      1(state: First) {
        if (state.items.includes('bad')) throw new RangeError('a bad item')
        return toSecond(state)
      },
    },
  })
  const { store, first } = await opened()
  const picky = await (await process('picky', { store })).open(Picky, 's')
  const work = picky.draft()
  work.value.hits = 9
  await first.update(draft => void draft.items.push('bad'))
  await expect(work.commit()).rejects.toMatchObject({
    code: 'unreadable',
    outcome: 'none',
    cause: { message: 'a bad item' },
  })
  expect(picky.value.cart).toHaveLength(3)
  await first.update(draft => void draft.items.pop())
  expect(await work.commit()).toMatchObject({ merged: true })
  expect(picky.value).toMatchObject({ hits: 9, cart: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }] })
})

test('a place that both changed is announced with the values of one shape', async () => {
  const store = memoryStore()
  const first = await (await process('first', { store })).open(SessionV1, 's')
  await first.update(draft => void (draft.notes['x'] = '1'))
  const scopes = await process('third', { store })
  const third = await scopes.open(SessionV3, 's')
  const conflicts: unknown[] = []
  scopes.conflicts$.subscribe(({ path, base, ours, theirs, result }) =>
    conflicts.push({ path, base, ours, theirs, result }),
  )
  const work = third.draft()
  work.value.about.notes['x'] = 'mine'
  await first.update(draft => void (draft.notes['x'] = 'theirs'))
  await work.commit()
  expect(conflicts).toEqual([
    { path: ['about', 'notes', 'x'], base: '1', ours: 'mine', theirs: 'theirs', result: 'mine' },
  ])
})
