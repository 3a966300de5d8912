import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../../src/document/decode.ts'
import { schemaVersionOf } from '../../src/document/schema-version-of.ts'
import type { LiveDocument } from '../../src/document/scope-document.ts'
import {
  type DocumentStore,
  type ScopeChange,
  UnreadableDocumentError,
  type UnreadableMessage,
  defineScope,
  memoryStore,
} from '../../src/index.ts'
import { SteppedClock } from './stepped-clock.ts'
import { SessionV1, SessionV2, SessionV3, calls, process, toSecond } from './shapes.ts'

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
    const before = await stored(store)
    const session = await (await process('new', { store })).open(SessionV2, 's')
    const shown = session.value
    await session.update(draft => void draft.hits++)
    const after = await stored(store)
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
    expect((await stored(store)).tail.at(-1)?.diff).toEqual([2, 'hits', [0, 4]])
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
    expect(schemaVersionOf(await stored(store))).toBe(1)
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

describe('a document of a newer version', () => {
  test('is refused, with the reason, and never written; other scopes go on', async () => {
    const store = memoryStore()
    const clock = new SteppedClock()
    await writtenByThird(store, clock)
    const before = await store.load(key)
    const old = await process('old', { store, clock })
    const opening = old.open(SessionV2, 's')
    await expect(opening).rejects.toBeInstanceOf(UnreadableDocumentError)
    await expect(opening).rejects.toMatchObject({
      key,
      message: expect.stringMatching(/schema version 3.*up to 2/) as string,
    })
    await expect(old.open(SessionV2, 's')).rejects.toMatchObject({ code: 'unreadable' })
    const unseen = old.create(SessionV2, { id: 's' })
    await expect(unseen.update(draft => void draft.hits++)).rejects.toMatchObject({
      code: 'unreadable',
      outcome: 'none',
    })
    await expect(unseen.rotate()).rejects.toMatchObject({ code: 'unreadable' })
    clock.forward(20 * 60_000)
    expect(await unseen.touch()).toBe(false)
    expect(await store.load(key)).toEqual(before)
    expect((await old.open(SessionV2, 'other')).isStored).toBe(false)
  })

  test('is not taken for an empty scope by a process that reads from memory', async () => {
    const store = memoryStore()
    await writtenByThird(store)
    const old = await process('old', { store, cluster: false, backup: 'behind' })
    await expect(old.open(SessionV2, 's')).rejects.toMatchObject({ code: 'unreadable' })
    await expect(old.open(SessionV2, 's')).rejects.toMatchObject({ code: 'unreadable' })
    const unseen = old.create(SessionV2, { id: 's' })
    await expect(unseen.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'unreadable' })
    await old.close()
  })

  test('leaves a handle that was opened before at what it could show last, and diagnostics tell it', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const session = await old.open(SessionV2, 's')
    await session.update(draft => void draft.hits++)
    const values: unknown[] = []
    const changes: unknown[] = []
    session.value$.subscribe(value => values.push(value.hits))
    session.changes$.subscribe(({ type, version }) => changes.push([type, version]))
    const work = session.draft()
    work.value.hits = 9
    const messages = unreadableMessages()
    const newer = await (await process('new', { store })).open(SessionV3, 's')
    await newer.update(draft => void draft.hits++)
    const before = await store.load(key)
    await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({
      code: 'unreadable',
      outcome: 'none',
    })
    await expect(work.commit()).rejects.toMatchObject({ code: 'unreadable', outcome: 'none' })
    expect(session.value).toEqual({ hits: 1, cart: [], notes: {} })
    expect(session).toMatchObject({ version: 1, isStored: true, ended: undefined })
    expect([values, changes]).toEqual([[1], []])
    expect(messages.stop()).toMatchObject([{ documentKey: key, error: { code: 'unreadable' } }])
    expect(await store.load(key)).toEqual(before)
  })

  test('can be ended by whoever holds it: the marker keeps its state and its version', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const session = await old.open(SessionV2, 's')
    await session.update(draft => void draft.hits++)
    const fresh = await process('new', { store })
    const newer = await fresh.open(SessionV3, 's')
    await newer.update(draft => void (draft.about.language = 'de'))
    const end = firstValueFrom(newer.changes$)
    await session.end('logout')
    const marker = decodeDocument((await store.load(key))?.bytes ?? new Uint8Array())
    expect(marker).toMatchObject({
      type: 'ended',
      detail: 'logout',
      schemaVersion: 3,
      state: { hits: 1, cart: [], about: { notes: {}, language: 'de' } },
    })
    expect(await end).toMatchObject({ type: 'ended', value: { about: { language: 'de' } } })
    expect((await old.open(SessionV2, 's')).ended).toMatchObject({ reason: 'ended', detail: 'logout' })
    await expect(newer.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended' })
  })

  test('whose deadline has passed has ended for everybody', async () => {
    const store = memoryStore()
    const clock = new SteppedClock()
    await writtenByThird(store, clock)
    clock.forward(31 * 60_000)
    const old = await process('old', { store, clock })
    const session = await old.open(SessionV2, 's')
    expect(session.ended).toMatchObject({ reason: 'expired' })
    expect(decodeDocument((await store.load(key))?.bytes ?? new Uint8Array())).toMatchObject({
      schemaVersion: 3,
      state: { about: { language: 'en' } },
    })
    await session.update(draft => void draft.hits++)
    expect(schemaVersionOf(await stored(store))).toBe(2)
  })

  test('is not told by the changes feed; the others and its end are', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const told: unknown[] = []
    old.changes({ kinds: [SessionV2] }).subscribe(change => {
      if ('key' in change) told.push([change.key.id, change.type, change.value])
    })
    const messages = unreadableMessages()
    const fresh = await process('new', { store })
    const newer = await fresh.open(SessionV3, 's')
    await newer.update(draft => void draft.hits++)
    await (await old.open(SessionV2, 'other')).update(draft => void draft.hits++)
    await newer.end()
    await settled(() => told.length === 2)
    expect(told).toEqual([
      ['other', 'created', { hits: 1, cart: [], notes: {} }],
      ['s', 'ended', undefined],
    ])
    expect(messages.stop().map(({ documentKey }) => documentKey)).toContain(key)
  })
})

/** Three commits of a process of version 1. */
async function writtenByFirst(store: DocumentStore): Promise<Awaited<ReturnType<typeof openFirst>>> {
  const session = await openFirst(store)
  await session.update(draft => void draft.hits++)
  await session.update(draft => void draft.items.push('a'))
  await session.update(draft => {
    draft.hits++
    draft.notes['x'] = '1'
  })
  return session
}

async function openFirst(store: DocumentStore) {
  return (await process('old', { store })).open(SessionV1, 's')
}

async function writtenByThird(store: DocumentStore, clock = new SteppedClock()): Promise<void> {
  const session = await (await process('new', { store, clock })).open(SessionV3, 's')
  await session.update(draft => void draft.hits++)
}

async function stored(store: DocumentStore, name: string = key): Promise<LiveDocument> {
  const document = decodeDocument((await store.load(name))?.bytes ?? new Uint8Array())
  if (document.type !== 'live') throw new Error('It has ended.')
  return document
}

/** Resolves when the condition holds, looked at in each turn of the event loop. */
async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

function unreadableMessages(): { stop(): readonly UnreadableMessage[] } {
  const messages: UnreadableMessage[] = []
  const listen = (message: unknown): void => void messages.push(message as UnreadableMessage)
  subscribe('scopes:unreadable', listen)
  return {
    stop() {
      unsubscribe('scopes:unreadable', listen)
      return messages
    },
  }
}
