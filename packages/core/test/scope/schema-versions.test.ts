import { firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { schemaVersionOf } from '../../src/document/schema-version-of.ts'
import {
  type DocumentStore,
  type Scope,
  type ScopeChange,
  UnreadableDocumentError,
  defineScope,
  memoryStore,
} from '../../src/index.ts'
import { type First, SessionV1, SessionV2, SessionV3, calls, process, settled, stored, toSecond } from './shapes.ts'
import { SteppedClock } from './stepped-clock.ts'

const key = 'session:shop:s'

describe('a document of an older version', () => {
  test('is shown in the shape of the process that reads it, and reading writes nothing', async () => {
    const store = memoryStore()
    await writtenByFirst(store)
    const before = await store.load(key)
    const session = await (await process('new', { store })).open(SessionV3, 's')
    expect(session.value).toEqual({
      hits: 2,
      cart: [{ sku: 'a', quantity: 1 }],
      about: { notes: { x: '1' }, language: 'en' },
    })
    expect(session.version).toBe(3)
    expect(session.draft().current).toEqual(session.value)
    expect(await store.load(key)).toEqual(before)
  })

  test('is upcast once for each state, however often it is read', async () => {
    const store = memoryStore()
    await writtenByFirst(store)
    const scopes = await process('new', { store })
    const session = await scopes.open(SessionV2, 's')
    calls.toSecond = 0
    expect(session.value).toBe((await scopes.open(SessionV2, 's')).value)
    expect(session.draft().current).toBe(session.value)
    expect(calls.toSecond).toBe(0)
  })

  test('costs nothing where it is of the version of the process', async () => {
    const store = memoryStore()
    const writer = await process('new', { store })
    const session = await writer.open(SessionV2, 's')
    await session.update(draft => void draft.hits++)
    calls.toSecond = 0
    await session.update(draft => void draft.cart.push({ sku: 'a', quantity: 2 }))
    expect((await (await process('other', { store })).open(SessionV2, 's')).value.cart).toHaveLength(1)
    expect(calls.toSecond).toBe(0)
  })

  test('is shown so in its history, with patches that lead from one version to the next', async () => {
    const store = memoryStore()
    const first = await writtenByFirst(store)
    const session = await (await process('new', { store })).open(SessionV2, 's')
    expect(session.at(1)).toEqual({ hits: 1, cart: [], notes: {} })
    expect(session.at(2)).toEqual({ hits: 1, cart: [{ sku: 'a', quantity: 1 }], notes: {} })
    expect(
      session.history().map(({ version, schemaVersion, patches }) => ({ version, schemaVersion, patches })),
    ).toEqual([
      {
        version: 2,
        schemaVersion: 1,
        patches: [{ op: 'splice', path: ['cart'], index: 0, deleteCount: 0, items: [{ sku: 'a', quantity: 1 }] }],
      },
      {
        version: 3,
        schemaVersion: 1,
        patches: [
          { op: 'set', path: ['hits'], value: 2 },
          { op: 'set', path: ['notes', 'x'], value: '1' },
        ],
      },
    ])
    expect(first.at(2).items).toEqual(['a'])
  })

  test('is written in the new shape by the first commit, whose diff holds the upcast and no more', async () => {
    const store = memoryStore()
    await writtenByFirst(store)
    const before = await stored(store, key)
    const session = await (await process('new', { store })).open(SessionV2, 's')
    const shown = session.value
    await session.update(draft => void draft.hits++)
    const after = await stored(store, key)
    expect(after.version).toBe(before.version + 1)
    expect(schemaVersionOf(after)).toBe(2)
    expect(after.state).toEqual({ hits: 3, notes: { x: '1' }, cart: [{ sku: 'a', quantity: 1 }] })
    expect(session.value).toEqual(after.state)
    expect(session.value.notes).toBe(shown.notes)
    // The notes are not in it.
    expect(Buffer.from(after.tail.at(-1)?.frame ?? []).includes('cart')).toBe(true)
    expect(Buffer.from(after.tail.at(-1)?.frame ?? []).includes('notes')).toBe(false)
    calls.toSecond = 0
    await session.update(draft => void draft.hits++)
    expect((await stored(store, key)).tail.at(-1)?.diff).toEqual([2, 'hits', [0, 4]])
    expect(calls.toSecond).toBe(0)
  })

  test('is not written when nothing is changed in it', async () => {
    const store = memoryStore()
    await writtenByFirst(store)
    const before = await store.load(key)
    const session = await (await process('new', { store })).open(SessionV2, 's')
    expect(await session.update(draft => void (draft.hits = 2))).toMatchObject({ commitId: undefined, version: 3 })
    expect(await store.load(key)).toEqual(before)
  })

  test('gets the new version also from a commit that takes back what the upcast did', async () => {
    const store = memoryStore()
    const Empty = defineScope({ kind: 'session', initial: () => ({ n: 0 }) })
    await (await (await process('old', { store })).open(Empty, 's')).update(draft => void (draft.n = 1))
    const New = defineScope({
      kind: 'session',
      initial: (): { n: number; more?: number } => ({ n: 0 }),
      version: 2,
      upcast: { 1: old => ({ ...old, more: 7 }) },
    })
    const session = await (await process('new', { store })).open(New, 's')
    expect(session.value).toEqual({ n: 1, more: 7 })
    await session.update(draft => void delete draft.more)
    expect(session.value).toEqual({ n: 1 })
    expect((await (await process('reader', { store })).open(New, 's')).value).toEqual({ n: 1 })
    expect(session.history().at(-1)).toMatchObject({ schemaVersion: 2, patches: [{ op: 'delete', path: ['more'] }] })
  })

  test('is read in one shape by all, also where its history mixes versions', async () => {
    const store = memoryStore()
    await writtenByFirst(store)
    const [writer, reader] = [await process('new', { store }), await process('reader', { store })]
    const session = await writer.open(SessionV2, 's')
    await session.update(draft => void (draft.cart[0] && (draft.cart[0].quantity = 5)))
    await session.update(draft => void draft.cart.push({ sku: 'b', quantity: 1 }))
    const other = await reader.open(SessionV3, 's')
    expect(other.history().map(({ schemaVersion }) => schemaVersion)).toEqual([1, 1, 2, 2])
    expect([2, 3, 4, 5].map(version => other.at(version).cart)).toEqual([
      [{ sku: 'a', quantity: 1 }],
      [{ sku: 'a', quantity: 1 }],
      [{ sku: 'a', quantity: 5 }],
      [
        { sku: 'a', quantity: 5 },
        { sku: 'b', quantity: 1 },
      ],
    ])
    expect(other.at(5)).toEqual(other.value)
  })

  test('keeps its version in snapshots: a compaction and a rotation change no shape', async () => {
    const store = memoryStore()
    const clock = new SteppedClock()
    const old = await process('old', { store, clock })
    const session = await old.open(SessionV1, 's')
    await session.update(draft => void draft.items.push('a'))
    const fresh = await process('new', { store, clock })
    const renewed = await fresh.open(SessionV2, 's')
    clock.forward(20 * 60_000)
    expect(await renewed.touch()).toBe(true)
    expect(schemaVersionOf(await stored(store, key))).toBe(1)
    expect((await (await process('reader', { store, clock })).open(SessionV2, 's')).value.cart).toHaveLength(1)
    await renewed.update(draft => void draft.hits++)
    const moved = await renewed.rotate()
    expect(moved.value).toEqual({ hits: 1, notes: {}, cart: [{ sku: 'a', quantity: 1 }] })
    expect(await stored(store, `session:shop:${moved.id}`)).toMatchObject({ facts: { schemaVersion: 2 }, tail: [] })
  })

  test('is told in the new shape by value$, changes$ and the changes of all scopes', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const before = await old.open(SessionV1, 's')
    await before.update(draft => void draft.hits++)
    const fresh = await process('new', { store })
    const session = await fresh.open(SessionV2, 's')
    const values = firstValueFrom(session.value$.pipe(take(3), toArray()))
    const mine = firstValueFrom(session.changes$.pipe(take(2), toArray()))
    const all = firstValueFrom(fresh.changes({ since: 'beginning', kinds: [SessionV2] }).pipe(take(4), toArray()))
    await before.update(draft => void draft.items.push('a'))
    await settled(() => session.value.cart.length === 1)
    await session.update(draft => void draft.hits++)
    expect((await values).map(({ hits, cart }) => [hits, cart.length])).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
    ])
    const told = (await mine).map(change => [
      change.type,
      change.value,
      'patches' in change ? change.patches : undefined,
    ])
    expect(told).toEqual([
      [
        'updated',
        { hits: 1, notes: {}, cart: [{ sku: 'a', quantity: 1 }] },
        [{ op: 'splice', path: ['cart'], index: 0, deleteCount: 0, items: [{ sku: 'a', quantity: 1 }] }],
      ],
      ['updated', { hits: 2, notes: {}, cart: [{ sku: 'a', quantity: 1 }] }, [{ op: 'set', path: ['hits'], value: 2 }]],
    ])
    const everything = (await all).filter((change): change is ScopeChange => 'key' in change)
    expect(everything.map(({ value }) => value)).toEqual([
      { hits: 1, notes: {}, cart: [] },
      { hits: 1, notes: {}, cart: [{ sku: 'a', quantity: 1 }] },
      { hits: 2, notes: {}, cart: [{ sku: 'a', quantity: 1 }] },
    ])
  })

  test('tells its end with the last state in the new shape', async () => {
    const store = memoryStore()
    const old = await writtenByFirst(store)
    const fresh = await process('new', { store })
    const session = await fresh.open(SessionV2, 's')
    const end = firstValueFrom(session.changes$)
    await old.end('logout')
    expect(await end).toMatchObject({ type: 'ended', value: { cart: [{ sku: 'a' }] }, reason: 'ended' })
  })

  test('is merged in the new shape', async () => {
    const store = memoryStore()
    const old = await writtenByFirst(store)
    const session = await (await process('new', { store })).open(SessionV2, 's')
    const work = session.draft()
    if (work.value.cart[0]) work.value.cart[0].quantity = 9
    await old.update(draft => {
      draft.items.push('b')
      draft.notes['y'] = '2'
    })
    expect(await work.commit()).toMatchObject({ merged: true, version: 5 })
    expect(session.value).toEqual({
      hits: 2,
      notes: { x: '1', y: '2' },
      cart: [
        { sku: 'a', quantity: 9 },
        { sku: 'b', quantity: 1 },
      ],
    })
  })
})

describe('a step that fails', () => {
  const Failing = defineScope({
    kind: 'session',
    initial: () => ({ cart: [] as unknown[], hits: 0 }),
    version: 2,
    upcast: {
      1(old: { readonly hits: number; readonly items: readonly string[] }) {
        if (old.items.includes('bad')) throw new RangeError('a bad item')
        return toSecond({ ...old, items: [...old.items], notes: {} })
      },
    },
  })

  test('is an UnreadableDocumentError with its cause; the document is left alone and other scopes go on', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    await (await old.open(SessionV1, 's')).update(draft => void draft.items.push('bad'))
    await (await old.open(SessionV1, 'other')).update(draft => void draft.items.push('good'))
    const before = await store.load(key)
    const fresh = await process('new', { store })
    const opening = fresh.open(Failing, 's')
    await expect(opening).rejects.toBeInstanceOf(UnreadableDocumentError)
    await expect(opening).rejects.toMatchObject({ key, cause: { message: 'a bad item' } })
    expect((await fresh.open(Failing, 'other')).value.cart).toHaveLength(1)
    const unseen = fresh.create(Failing, { id: 's' })
    await expect(unseen.update(draft => void draft.cart.push(1))).rejects.toMatchObject({ code: 'unreadable' })
    expect(await store.load(key)).toEqual(before)
  })

  test('in an older state takes only that one away: the changes before it are one reset', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const before = await old.open(SessionV1, 's')
    await before.update(draft => void draft.hits++)
    const fresh = await process('new', { store })
    const session = await fresh.open(Failing, 's')
    await before.update(draft => void draft.items.push('bad'))
    await before.update(draft => void (draft.items = ['good']))
    const change = firstValueFrom(session.changes$)
    await fresh.open(Failing, 's')
    expect(await change).toMatchObject({ type: 'reset', reason: 'gap', version: 3, missed: { from: 2, to: 3 } })
    expect(session.value.cart).toHaveLength(1)
    expect(() => session.at(2)).toThrow(UnreadableDocumentError)
    expect(session.at(1).cart).toEqual([])
    expect(session.history().at(-1)?.patches).toEqual([{ op: 'set', path: [], value: session.value }])
    await session.update(draft => void draft.hits++)
    expect(session.value.hits).toBe(2)
  })
})

/** Three commits of a process of version 1. */
async function writtenByFirst(store: DocumentStore): Promise<Scope<First>> {
  const session = await (await process('old', { store })).open(SessionV1, 's')
  await session.update(draft => void draft.hits++)
  await session.update(draft => void draft.items.push('a'))
  await session.update(draft => {
    draft.hits++
    draft.notes['x'] = '1'
  })
  return session
}
