import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../../src/document/decode.ts'
import { schemaVersionOf } from '../../src/document/schema-version-of.ts'
import { type DocumentStore, UnreadableDocumentError, type UnreadableMessage, memoryStore } from '../../src/index.ts'
import { SessionV2, SessionV3, process, settled, stored } from './shapes.ts'
import { SteppedClock } from './stepped-clock.ts'

const key = 'session:shop:s'

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
    await expect(unseen.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'unreadable', key })
    const newer = await (await process('new', { store })).open(SessionV3, 's')
    await newer.end()
    const afterwards = await old.open(SessionV2, 's')
    await afterwards.update(draft => void draft.hits++)
    expect(afterwards.value.hits).toBe(1)
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

  test('in a new life shows nothing of the life before', async () => {
    const store = memoryStore()
    const old = await process('old', { store })
    const session = await old.open(SessionV2, 's')
    await session.update(draft => void (draft.hits = 7))
    const fresh = await process('new', { store })
    await (await fresh.open(SessionV3, 's')).end()
    await (await fresh.open(SessionV3, 's')).update(draft => void draft.hits++)
    await expect(old.open(SessionV2, 's')).rejects.toMatchObject({ code: 'unreadable' })
    const unseen = old.create(SessionV2, { id: 's' })
    expect(unseen).toMatchObject({ value: { hits: 0 }, version: 0, isStored: false, ended: undefined })
    const told: unknown[] = []
    unseen.value$.subscribe({ next: ({ hits }) => told.push(hits), complete: () => told.push('over') })
    expect(told).toEqual([0])
    await (await fresh.open(SessionV3, 's')).end()
    await settled(() => told.length === 2)
    expect(told).toEqual([0, 'over'])
    await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended' })
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
    expect(schemaVersionOf(await stored(store, key))).toBe(2)
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

async function writtenByThird(store: DocumentStore, clock = new SteppedClock()): Promise<void> {
  const session = await (await process('new', { store, clock })).open(SessionV3, 's')
  await session.update(draft => void draft.hits++)
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
