import fc from 'fast-check'
import { firstValueFrom, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { schemaVersionOf } from '../../src/document/schema-version-of.ts'
import { type Scope, defineScope, inc, memoryStore } from '../../src/index.ts'
import { propertySettings } from '../document/property-settings.ts'
import { counted } from './fixture.ts'
import {
  type Second,
  SessionV1,
  SessionV2,
  SessionV3,
  SessionV3Deploying,
  type Third,
  process,
  stored,
  toSecond,
  toThird,
} from './shapes.ts'

const key = 'session:shop:s'

test('a process that may downcast writes the older shape, so that old processes read and write on', async () => {
  const store = memoryStore()
  const [old, fresh] = [await process('old', { store }), await process('new', { store })]
  const mine = await fresh.open(SessionV3Deploying, 's')
  await mine.update(draft => {
    draft.hits = 1
    draft.about.notes['x'] = '1'
  })
  expect(schemaVersionOf(await stored(store, key))).toBe(2)
  const theirs = await old.open(SessionV2, 's')
  expect(theirs.value).toEqual({ hits: 1, cart: [], notes: { x: '1' } })
  await theirs.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
  expect((await fresh.open(SessionV3Deploying, 's')).value).toEqual({
    hits: 1,
    cart: [{ sku: 'a', quantity: 1 }],
    about: { notes: { x: '1' }, language: 'en' },
  })
  await mine.update(draft => void draft.hits++)
  expect((await stored(store, key)).tail.at(-1)?.diff).toEqual([2, 'hits', [0, 2]])
  expect((await old.open(SessionV2, 's')).value.hits).toBe(2)
})

test('a commit in the older shape holds what changed and no more', async () => {
  const store = memoryStore()
  const session = await (await process('new', { store })).open(SessionV3Deploying, 's')
  const item = (sku: string): { sku: string; quantity: number } => ({ sku, quantity: 1 })
  await session.update(draft => void draft.cart.push(...['a', 'b', 'c', 'd'].map(item)))
  await session.update(draft => {
    draft.cart.splice(1, 1)
    draft.cart.push(item('e'))
  })
  const { tail } = await stored(store, key)
  expect(tail.at(-1)?.diff).toEqual([2, 'cart', [3, 4, [0, 1, 2, 2, [item('e')]]]])
})

test('increments and pushes of old and new processes at once lose nothing', async () => {
  const store = memoryStore()
  const [old, fresh] = [await process('old', { store }), await process('new', { store })]
  const theirs = await old.open(SessionV2, 's')
  const mine = await fresh.open(SessionV3Deploying, 's')
  const writes = Array.from({ length: 100 }, (_, index) => [
    theirs.update(draft => {
      draft.hits++
      draft.cart.push({ sku: `old${index}`, quantity: 1 })
    }),
    mine.update(draft => {
      draft.hits++
      draft.cart.push({ sku: `new${index}`, quantity: 1 })
    }),
  ])
  await Promise.all(writes.flat())
  const after = await fresh.open(SessionV3Deploying, 's')
  expect(after.value.hits).toBe(200)
  expect(new Set(after.value.cart.map(({ sku }) => sku)).size).toBe(200)
  expect((await old.open(SessionV2, 's')).value.cart).toEqual(after.value.cart)
})

test('drafts of both are merged, whoever is later', async () => {
  const store = memoryStore()
  const [old, fresh] = [await process('old', { store }), await process('new', { store })]
  await (await old.open(SessionV2, 's')).update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
  for (const later of ['old', 'new']) {
    const theirs = (await old.open(SessionV2, 's')).draft()
    const mine = (await fresh.open(SessionV3Deploying, 's')).draft()
    theirs.value.notes[`old ${later}`] = '1'
    theirs.value.cart.push({ sku: `old ${later}`, quantity: 1 })
    mine.value.about.notes[`new ${later}`] = '1'
    mine.value.cart.unshift({ sku: `new ${later}`, quantity: 1 })
    const [first, second] = later === 'old' ? [mine, theirs] : [theirs, mine]
    await first.commit()
    expect(await second.commit()).toMatchObject({ merged: true })
  }
  const { value } = await old.open(SessionV2, 's')
  expect(Object.keys(value.notes).toSorted()).toEqual(['new new', 'new old', 'old new', 'old old'])
  expect(value.cart.map(({ sku }) => sku)).toEqual(['new new', 'new old', 'a', 'old old', 'old new'])
})

test('what the older shape cannot hold is not kept, and the writer sees so at once', async () => {
  const store = memoryStore()
  const fresh = await process('new', { store })
  const session = await fresh.open(SessionV3Deploying, 's')
  await session.update(draft => {
    draft.hits = 1
    draft.about.language = 'de'
  })
  expect(session.value).toEqual({ hits: 1, cart: [], about: { notes: {}, language: 'en' } })
  const before = await store.load(key)
  expect(await session.update(draft => void (draft.about.language = 'fr'))).toMatchObject({ commitId: undefined })
  expect(await store.load(key)).toEqual(before)
  // In the older shape it is a note: so it can be kept there.
  await session.update(draft => void (draft.about.notes['language'] = 'de'))
  expect(session.value.about.language).toBe('de')
})

test('a commit of the same request begins with what the one before it leaves in the older shape', async () => {
  const { store, counts } = counted()
  const session = await (await process('new', { store })).open(SessionV3Deploying, 's')
  await session.update(draft => void draft.hits++)
  await Promise.all([
    session.update(draft => {
      draft.hits++
      draft.about.language = 'de'
    }),
    session.update(draft => void (draft.about.notes['seen'] = draft.about.language)),
  ])
  expect(counts.append).toBe(1)
  expect(session.value).toMatchObject({ hits: 2, about: { notes: { seen: 'en' } } })
})

test('values, changes and history are in the shape of each process', async () => {
  const store = memoryStore()
  const [old, fresh] = [await process('old', { store }), await process('new', { store })]
  const theirs = await old.open(SessionV2, 's')
  const mine = await fresh.open(SessionV3Deploying, 's')
  const inOld = firstValueFrom(theirs.changes$.pipe(take(2), toArray()))
  const inNew = firstValueFrom(mine.changes$.pipe(take(2), toArray()))
  await mine.update(draft => void (draft.about.notes['x'] = '1'))
  await mine.update(draft => void (draft.about.notes['y'] = '2'))
  const patches = (changes: readonly object[]): unknown =>
    changes.flatMap(change => 'patches' in change && change.patches)
  expect(patches(await inOld)).toEqual([
    { op: 'set', path: [], value: { hits: 0, cart: [], notes: { x: '1' } } },
    { op: 'set', path: ['notes', 'y'], value: '2' },
  ])
  expect(patches(await inNew)).toEqual([
    { op: 'set', path: [], value: { hits: 0, cart: [], about: { notes: { x: '1' }, language: 'en' } } },
    { op: 'set', path: ['about', 'notes', 'y'], value: '2' },
  ])
  expect(mine.history()).toMatchObject([{ schemaVersion: 2, patches: [{ path: ['about', 'notes', 'y'] }] }])
})

test('ops are kept as such by who knows the shape in which they name their places', async () => {
  const store = memoryStore()
  const [old, fresh] = [await process('old', { store }), await process('new', { store })]
  const mine = await fresh.open(SessionV3Deploying, 's')
  await mine.update(draft => void draft.hits++)
  const theirs = await old.open(SessionV2, 's')
  await theirs.update(draft => inc(draft, 'hits', 2))
  await mine.update(draft => inc(draft, 'hits', 3))
  expect((await old.open(SessionV2, 's')).value.hits).toBe(6)
  expect(theirs.history().map(({ ops }) => ops)).toEqual([[{ name: 'inc', path: ['hits'], args: [2] }], []])
  expect((await fresh.open(SessionV3Deploying, 's')).history().map(({ ops }) => ops)).toEqual([[], []])
  const last = await (await process('last', { store })).open(SessionV3, 's')
  await last.update(draft => inc(draft, 'hits', 1))
  expect(last.history().map(({ ops }) => ops.length)).toEqual([0, 0, 1])
})

test('a document of a version before both is raised to the one that both know', async () => {
  const store = memoryStore()
  const eldest = await (await process('eldest', { store })).open(SessionV1, 's')
  await eldest.update(draft => void draft.items.push('a'))
  const fresh = await process('new', { store })
  await (await fresh.open(SessionV3Deploying, 's')).update(draft => void draft.hits++)
  const after = await stored(store, key)
  expect([schemaVersionOf(after), after.state]).toEqual([2, { hits: 1, notes: {}, cart: [{ sku: 'a', quantity: 1 }] }])
  expect((await (await process('old', { store })).open(SessionV2, 's')).value.hits).toBe(1)
})

test('when downcast is gone the new shape is written, and processes that still have it never go back', async () => {
  const store = memoryStore()
  const deploying = await process('deploying', { store })
  const before = await deploying.open(SessionV3Deploying, 's')
  await before.update(draft => void draft.hits++)
  const last = await process('last', { store })
  const after = await last.open(SessionV3, 's')
  await after.update(draft => void (draft.about.language = 'de'))
  expect(schemaVersionOf(await stored(store, key))).toBe(3)
  await before.update(draft => void draft.hits++)
  const document = await stored(store, key)
  expect([schemaVersionOf(document), document.tail.at(-1)?.diff]).toEqual([3, [2, 'hits', [0, 2]]])
  expect((await last.open(SessionV3, 's')).value).toEqual({ hits: 2, cart: [], about: { notes: {}, language: 'de' } })
  await (await deploying.open(SessionV3Deploying, 'another')).update(draft => void draft.hits++)
  expect(schemaVersionOf(await stored(store, 'session:shop:another'))).toBe(2)
})

test('a document of a version between what is written and what is shown keeps it', async () => {
  const Fourth = defineScope({
    kind: 'session',
    initial: (): { total: number } => ({ total: 0 }),
    version: 4,
    upcast: { 1: toSecond, 2: toThird, 3: ({ hits, ...rest }: Third) => ({ ...rest, total: hits }) },
    downcast: {
      2: ({ about, ...rest }: Third) => ({ ...rest, notes: about.notes }),
      3: ({ total, ...rest }: { readonly total: number }) => ({ ...rest, hits: total }),
    },
  })
  const store = memoryStore()
  const third = await (await process('third', { store })).open(SessionV3, 's')
  await third.update(draft => void (draft.about.language = 'de'))
  const session = await (await process('fourth', { store })).open(Fourth, 's')
  await session.update(draft => void draft.total++)
  const document = await stored(store, key)
  expect([schemaVersionOf(document), document.tail.at(-1)?.diff]).toEqual([3, [2, 'hits', [0, 1]]])
  const reader = await (await process('reader', { store })).open(SessionV3, 's')
  expect(reader.value).toEqual({ hits: 1, cart: [], about: { notes: {}, language: 'de' } })
})

test('commits that are written behind go the same way', async () => {
  const store = memoryStore()
  const fresh = await process('new', { store, cluster: false, backup: 'behind' })
  const session = await fresh.open(SessionV3Deploying, 's')
  for (let round = 1; round <= 3; round++) {
    await session.update(draft => {
      draft.hits++
      draft.about.notes[`n${round}`] = 'x'
      draft.about.language = 'de'
    })
    expect(session.value.about).toMatchObject({ language: 'en', notes: { [`n${round}`]: 'x' } })
  }
  await fresh.close()
  await store.open()
  expect((await stored(store, key)).state).toEqual({ hits: 3, cart: [], notes: { n1: 'x', n2: 'x', n3: 'x' } })
})

test('a downcast that fails refuses that commit; its neighbours in the same request go on', async () => {
  const cause = new RangeError('no notes')
  const Picky = defineScope({
    kind: 'session',
    initial: (): Third => ({ hits: 0, cart: [], about: { notes: {}, language: 'en' } }),
    version: 3,
    upcast: { 1: toSecond, 2: toThird },
    downcast: {
      2({ about, ...rest }: Third): Second {
        if ('bad' in about.notes) throw cause
        return { ...rest, notes: about.notes }
      },
    },
  })
  const store = memoryStore()
  const session = await (await process('new', { store })).open(Picky, 's')
  await session.update(draft => void draft.hits++)
  const writes = await Promise.allSettled([
    session.update(draft => void draft.hits++),
    session.update(draft => void (draft.about.notes['bad'] = '1')),
    session.update(draft => void draft.hits++),
  ])
  expect(writes).toMatchObject([
    { status: 'fulfilled' },
    { reason: { code: 'invalid-state', outcome: 'none', cause } },
    { status: 'fulfilled' },
  ])
  expect(session.value).toMatchObject({ hits: 3, about: { notes: {} } })
})

test('what a downcast makes must be readable again: else nothing is written, and the cause is told', async () => {
  const OneWay = defineScope({
    kind: 'session',
    initial: () => ({ list: [1] }),
    version: 2,
    upcast: { 1: ({ list }: { readonly list: readonly number[] }) => ({ list: list.map(number => number + 1) }) },
    downcast: { 1: () => ({}) },
  })
  const store = memoryStore()
  const session = await (await process('new', { store })).open(OneWay, 's')
  const writing = session.update(draft => void draft.list.push(2))
  await expect(writing).rejects.toMatchObject({
    code: 'invalid-state',
    outcome: 'none',
    cause: { code: 'unreadable', cause: expect.any(TypeError) as unknown },
  })
  expect(await store.load(key)).toBeUndefined()
})

/** What a step of a deploy does: old processes first, those that may downcast beside them, then those that need not. */
interface Step {
  readonly act: 'hit' | 'push' | 'note'
  readonly by: 0 | 1
  readonly isDraft: boolean
}

test('whoever writes while a deploy goes on, nothing that both shapes hold is lost, and all read the same', async () => {
  const anyStep: fc.Arbitrary<Step> = fc.record({
    act: fc.constantFrom('hit', 'push', 'note'),
    by: fc.constantFrom(0, 1),
    isDraft: fc.boolean(),
  })
  const anyPhase = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(anyPhase, anyPhase, async (during, afterwards) => {
      const store = memoryStore()
      const [old, deploying, last] = [
        await (await process('old', { store })).open(SessionV2, 's'),
        await (await process('deploying', { store })).open(SessionV3Deploying, 's'),
        await (await process('last', { store })).open(SessionV3, 's'),
      ]
      const expected = { hits: 0, skus: new Set<string>(), notes: {} as Record<string, string> }
      let names = 0
      const act = (step: Step, isOld: boolean, session: Scope<Second> | Scope<Third>): Promise<unknown> => {
        const name = `n${names++}`
        if (step.act === 'hit') expected.hits++
        else if (step.act === 'push') expected.skus.add(name)
        else expected.notes[name] = name
        const change = (draft: Pick<Third, 'hits' | 'cart'>, notes: Record<string, string>): void => {
          if (step.act === 'hit') draft.hits++
          else if (step.act === 'push') draft.cart.push({ sku: name, quantity: 1 })
          else notes[name] = name
        }
        if (isOld) {
          const scope = session as Scope<Second>
          return scope.update(draft => change(draft, draft.notes))
        }
        const scope = session as Scope<Third>
        if (!step.isDraft || step.act === 'hit') return scope.update(draft => change(draft, draft.about.notes))
        const work = scope.draft()
        change(work.value, work.value.about.notes)
        return work.commit()
      }
      for (const batch of during) {
        await Promise.all(batch.map(step => act(step, step.by === 0, step.by === 0 ? old : deploying)))
      }
      for (const batch of afterwards) {
        await Promise.all(batch.map(step => act(step, false, step.by === 0 ? deploying : last)))
      }
      const readers = [
        await (await process('r1', { store })).open(SessionV3Deploying, 's'),
        await (await process('r2', { store })).open(SessionV3, 's'),
      ]
      for (const { value, version } of readers) {
        expect(value.hits).toBe(expected.hits)
        expect(new Set(value.cart.map(({ sku }) => sku))).toEqual(expected.skus)
        expect(value.cart).toHaveLength(expected.skus.size)
        expect(value.about.notes).toEqual(expected.notes)
        expect(version).toBe(names)
      }
      for (const { version } of readers[0]?.history() ?? []) {
        expect(readers[0]?.at(version)).toEqual(readers[1]?.at(version))
      }
      if (afterwards.length === 0) {
        const reader = await (await process('r0', { store })).open(SessionV2, 's')
        expect(reader.value).toMatchObject({ hits: expected.hits, notes: expected.notes })
      }
    }),
    propertySettings(60),
  )
})
