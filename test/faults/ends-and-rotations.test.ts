import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type Clock,
  type DocumentStore,
  type OpenScopesOptions,
  type WriteOptions,
  memoryStore,
  openScopes,
  systemClock,
} from '@scopes/core'
import { replicas } from '@scopes/sync'
import { faultStore, manualClock } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { Journal, add, entriesOf, isLate, world } from './journal.ts'

test('C0 end-token: an end that arrives late does not cover a commit that it has not seen', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', fault: 'late' })
  const ending = session.end()
  await isLate(faulty)
  faulty.faults.failing(true)
  await expect(ending).rejects.toMatchObject({ outcome: 'unknown' })
  faulty.faults.failing(false)
  await add(b, 'b1')
  await faulty.faults.land()
  expect(await entriesOf(b)).toEqual(['x', 'b1'])
})

test('C0 compact-token: a renewal that arrives late changes nothing and loses nothing', async () => {
  let now = Date.now()
  const clock: Clock = { ...systemClock, now: () => now }
  const { faulty, b, inner } = await world()
  const a = await openScopes({ application: 'shop', reaper: false, store: faulty, clock, commitTimeoutMs: 60 })
  await add(b, 'x')
  const session = await a.open(Journal, 'j')
  now += 20 * 60_000
  faulty.faults.next({ operation: 'replace', fault: 'late' })
  const touching = session.touch()
  await isLate(faulty)
  await touching
  await add(b, 'b1')
  const before = (await inner.load('journal:shop:j'))?.bytes
  await faulty.faults.land()
  expect((await inner.load('journal:shop:j'))?.bytes).toEqual(before)
  expect(await entriesOf(b)).toEqual(['x', 'b1'])
})

/** The store with what is asked of each mutation written down. */
function noted(store: DocumentStore): { readonly store: DocumentStore; readonly notes: string[] } {
  const notes: string[] = []
  const note = (operation: string, key: string, { durability, expiresAt, ttlSeconds }: WriteOptions = {}): void => {
    const seconds = ttlSeconds ?? (expiresAt === undefined ? Infinity : expiresAt - Math.floor(Date.now() / 1000))
    const time = seconds === Infinity ? 'for ever' : seconds <= 61 ? 'a minute' : 'long'
    const isCounted = ttlSeconds === undefined ? '' : ', counted by the store'
    notes.push(`${operation} ${key.endsWith(':j') ? 'old' : 'new'} ${durability ?? 'usual'} ${time}${isCounted}`)
  }
  return {
    notes,
    store: {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      close: () => store.close(),
      load: (key, options) => store.load(key, options),
      insert(key, bytes, options) {
        note('insert', key, options)
        return store.insert(key, bytes, options)
      },
      append(key, bytes, token, options) {
        note('append', key, options)
        return store.append(key, bytes, token, options)
      },
      replace(key, bytes, token, options) {
        note('replace', key, options)
        return store.replace(key, bytes, token, options)
      },
      remove: (key, token, options) => store.remove(key, token, options),
    },
  }
}

test('rotate: insert-first, provisional, marker-token, durable, give-out-last: three writes in this order', async () => {
  const { store, notes } = noted(memoryStore())
  const scopes = await openScopes({ application: 'shop', reaper: false, store })
  await add(scopes, 'x')
  const session = await scopes.open(Journal, 'j')
  notes.length = 0
  await session.rotate()
  expect(notes).toEqual([
    'insert new strongest a minute',
    'replace old strongest long, counted by the store',
    'replace new strongest long',
  ])
})

test('rotate provisional: cut off after the copy, the old id works as before and the copy goes by itself', async () => {
  let now = Date.now()
  const clock: Clock = { ...systemClock, now: () => now }
  const inner = memoryStore({ clock })
  const faulty = faultStore(inner)
  const a = await openScopes({ application: 'shop', reaper: false, store: faulty, clock, commitTimeoutMs: 30 })
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', fault: 'fail' })
  await expect(session.rotate()).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  await add(a, 'a1')
  expect(await entriesOf(a)).toEqual(['x', 'a1'])
  now += 61_000
  const b = await openScopes({ application: 'shop', reaper: false, store: inner, clock })
  const kept = new Set<string>()
  for await (const change of b.feed({ since: 'beginning' })) {
    if (change.type === 'caught-up') break
    if ('key' in change && change.type !== 'ended') kept.add(change.key.id)
  }
  expect([...kept]).toEqual(['j'])
})

test('rotate: a marker whose answer was lost is found to be one’s own, and the rotation is finished', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', key: 'journal:shop:j', fault: 'lose-after' })
  const next = await session.rotate()
  expect((await b.open(Journal, next.id)).value.entries).toEqual(['x'])
  expect((await b.open(Journal, 'j')).ended).toMatchObject({ reason: 'rotated' })
})

test('rotate: a commit in doubt when the id is rotated is found in the marker, and is part of the new scope', async () => {
  const { faulty, a } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'append', fault: 'lose-after' })
  const [committed, next] = await Promise.all([
    session.update(draft => void draft.entries.push('a1')),
    session.rotate(),
  ])
  expect(committed.version).toBe(2)
  expect(next.value.entries).toEqual(['x', 'a1'])
})

const fed = (): Partial<OpenScopesOptions> => ({ cluster: false, cache: replicas({ values: 'on-demand' }) })

test.each([
  { what: 'a request was lost', fault: 'lose-before', options: () => ({}) },
  { what: 'an answer was late', fault: 'delay-answer', options: () => ({}) },
  { what: 'a request was lost, with replicas', fault: 'lose-before', options: fed },
  { what: 'an answer was late, with replicas', fault: 'delay-answer', options: fed },
] as const)(
  'rotate: a copy that is made again after $what is not announced as a rollback',
  async ({ fault: wrong, options }) => {
    const rollbacks: unknown[] = []
    const note = (message: unknown): number => rollbacks.push(message)
    subscribe('scopes:rollback', note)
    onTestFinished(() => void unsubscribe('scopes:rollback', note))
    const clock = manualClock()
    const inner = memoryStore({ clock })
    const faulty = faultStore(inner, { clock })
    const a = await openScopes({ application: 'shop', reaper: false, store: faulty, clock, ...options() })
    const b = await openScopes({ application: 'shop', reaper: false, store: inner, clock })
    await add(a, 'x')
    const session = await a.open(Journal, 'j')
    // The marker comes after a commit that it has not seen, so the copy is made again; the first try of that goes wrong.
    faulty.faults.next({ operation: 'replace', key: 'journal:shop:j', fault: 'delay', delayMs: 50 })
    faulty.faults.next({ operation: 'replace', fault: wrong })
    const rotating = session.rotate()
    await clock.advance(1)
    await add(b, 'b1')
    await clock.advance(1000)
    expect((await b.open(Journal, (await rotating).id)).value.entries).toEqual(['x', 'b1'])
    expect(faulty.faults.injected.map(({ fault }) => fault)).toEqual(['delay', wrong])
    expect(rollbacks).toEqual([])
  },
)

test('rotate: a copy that is made again after its minute is not announced as a rollback', async () => {
  const rollbacks: unknown[] = []
  const note = (message: unknown): number => rollbacks.push(message)
  subscribe('scopes:rollback', note)
  onTestFinished(() => void unsubscribe('scopes:rollback', note))
  const clock = manualClock()
  const faulty = faultStore(memoryStore({ clock }), { clock })
  const a = await openScopes({
    application: 'shop',
    reaper: false,
    store: faulty,
    clock,
    cluster: false,
    cache: replicas(),
  })
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', fault: 'fail' })
  await expect(session.rotate()).rejects.toMatchObject({ outcome: 'none' })
  await clock.jump(61_000)
  // The feed tells that the copy has gone.
  await add(a, 'y')
  await clock.advance(1)
  expect((await session.rotate()).value.entries).toEqual(['x', 'y'])
  expect(rollbacks).toEqual([])
})
