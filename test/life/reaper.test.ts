import { defineScope, diagnostics } from '@scopes/core'
import { type StoreCall, observedStore } from '@scopes/testing'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { Visit, key, minute, world } from './world.ts'

const day = 24 * 60 * minute
/** Fewer signs of life, for tests in which nobody dies. */
const calm = { reaper: { leaseMs: 120_000 } }
/** More of them, for tests in which somebody dies or is late. */
const brisk = { reaper: { leaseMs: 30_000 } }

/** What is published on a channel from now on. */
function published<Message>(channel: { readonly name: string }): Message[] {
  const messages: Message[] = []
  const take = (message: unknown): void => void messages.push(message as Message)
  subscribe(channel.name, take)
  onTestFinished(() => void unsubscribe(channel.name, take))
  return messages
}

test('D2 reaper-reads, D3 reaper-token: a scope that is renewed lives on, whatever the reaper had planned', async () => {
  const { process, clock, marker } = world(calm)
  const a = await process('A')
  const b = await process('B', { reaper: false })
  a.handle()
  await a.see('home')
  for (let use = 0; use < 2; use++) {
    await clock.advance(1.5 * minute)
    await (await b.visit()).touch()
  }
  expect([await marker(), a.told]).toEqual([undefined, []])
  await clock.advance(3 * minute)
  expect(a.told).toMatchObject([{ reason: 'expired' }])
})

test('lifetimes beyond 24.8 days end on time, and those without a deadline never', async () => {
  const { process, clock, store } = world(calm)
  const { scopes } = await process('A')
  const Client = defineScope({ kind: 'client', initial: () => ({ n: 0 }), idle: '400d' })
  const Config = defineScope({ kind: 'config', initial: () => ({ n: 0 }) })
  await (await scopes.open(Client, 'c')).update(draft => void draft.n++)
  await (await scopes.open(Config, 'c')).update(draft => void draft.n++)
  await clock.advance(5000)
  await clock.jump(399 * day)
  await clock.advance(60_000)
  expect((await scopes.open(Client, 'c')).value.n).toBe(1)
  const changes: string[] = []
  scopes.changes({ kinds: [Client, Config] }).subscribe(change => void changes.push(change.type))
  await clock.jump(day)
  await clock.advance(60_000)
  expect(changes.filter(type => type !== 'caught-up')).toEqual(['ended'])
  expect(await store.load('config:shop:c')).toBeDefined()
})

test('processes share the partitions evenly, and who leaves gives his back', async () => {
  // A name of its own: others of this process are heard on the channel too.
  const application = 'evenly'
  const told = published<{ application: string; type: string; partitions: number }>(diagnostics.reaper)
  const shares = (): readonly number[] =>
    told
      .filter(message => message.application === application && message.type === 'shares')
      .map(message => message.partitions)
  const { process, clock, store } = world({ application })
  const a = await process('A')
  await a.see('home')
  await clock.advance(5000)
  expect(shares()).toEqual([64])
  const b = await process('B')
  await b.see('home', 'w')
  await clock.advance(40_000)
  expect(shares().slice(-2)).toEqual([32, 32])
  await a.scopes.close()
  await store.open()
  await clock.advance(40_000)
  expect(shares().slice(-1)).toEqual([64])
})

test('an end waits for the processes that have its handlers, also where another one ends the scope and knows nothing of its kind', async () => {
  const { process, clock, marker } = world(brisk)
  const other = await process('other')
  const Other = defineScope({ kind: 'other', initial: () => ({ n: 0 }), idle: '30d' })
  await (await other.scopes.open(Other, 'o')).update(draft => void draft.n++)
  await clock.advance(60_000)
  const visitor = await process('visitor', { reaper: false })
  const { life } = await visitor.see('home')
  await clock.advance(3 * minute)
  // It could not deliver, so it has put the end where those look who can.
  expect(await marker(`end:${key}:${life}`)).toMatchObject({ reason: 'expired', state: { pages: ['home'] } })
  const teller = await process('teller')
  teller.handle()
  await clock.advance(60_000)
  expect(teller.told).toMatchObject([{ reason: 'expired', value: { pages: ['home'] }, deliveryId: life }])
})

test('handlers that come later are told what waited, also when the reaper had looked before', async () => {
  const { process, clock } = world(calm)
  const a = await process('A')
  await (await a.see('home')).end()
  await clock.advance(10_000)
  a.handle()
  await clock.advance(5000)
  expect(a.told).toMatchObject([{ reason: 'ended' }])
})

test('a wall clock that jumps ahead ends scopes early and once; one that jumps back ends none twice and goes on', async () => {
  const { process, clock } = world(calm)
  let off = 0
  const jumping = {
    now: () => clock.now() + off,
    monotonic: () => clock.monotonic(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
  }
  const a = await process('A', { clock: jumping })
  a.handle()
  await a.see('home')
  await clock.advance(10_000)
  off = 1.5 * minute
  await clock.advance(10_000)
  expect(a.told).toEqual([])
  off = 3 * minute
  await clock.advance(3000)
  expect(a.told).toMatchObject([{ reason: 'expired' }])
  off = -10 * minute
  await a.see('again', 'w')
  await clock.advance(1.9 * minute)
  expect(a.told).toHaveLength(1)
  await clock.advance(10_000)
  expect(a.told).toHaveLength(2)
})

test('a feed that does not bring every document owns nothing, and says so', async () => {
  const messages = published<{ type: string }>(diagnostics.reaper)
  const { process, clock, store, marker } = world({})
  const { feed } = store
  if (feed === undefined) throw new Error('A memory store has a feed.')
  const partial = {
    coverage: 'held' as const,
    partitions: 1,
    open: feed.open.bind(feed),
    probe: feed.probe.bind(feed),
  }
  const a = await process('A', { feed: partial })
  await a.see('home')
  await clock.advance(3 * minute)
  expect(messages).toEqual([{ application: 'shop', type: 'not-covered' }])
  expect(await marker()).toBeUndefined()
  expect((await a.visit()).ended).toMatchObject({ reason: 'expired' })
})

test('changes of scopes whose deadline is known cost no look, but where somebody may be told of the end', async () => {
  const { process, clock, store } = world(calm)
  const Cart = defineScope({ kind: 'cart', initial: () => ({ n: 0 }), idle: '2m' })
  const Order = defineScope({ kind: 'order', initial: () => ({ n: 0 }), idle: '2m', keepEnds: '1d' })
  let loads: (string | undefined)[] = []
  const onCall = ({ method, key: loaded }: StoreCall): void => void (method === 'load' && loads.push(loaded))
  const owner = await process('A', { store: observedStore(store, { onCall }) })
  const other = await process('B', { reaper: false })
  for (const definition of [Cart, Order]) await owner.scopes.open(definition, 'known here')
  const scopes = await Promise.all([other.scopes.open(Cart, 'c'), other.scopes.open(Order, 'o')])
  const looks = async (): Promise<readonly number[]> => {
    loads = []
    for (const scope of scopes) await scope.update(draft => void draft.n++)
    await clock.advance(3000)
    return ['cart:shop:c', 'order:shop:o'].map(name => loads.filter(loaded => loaded === name).length)
  }
  await clock.advance(5000)
  expect(await looks()).toEqual([1, 1])
  expect(await looks()).toEqual([0, 1])
})

test('an end costs a look and two writes, and what the feed brings back of it none', async () => {
  const { process, clock, store } = world(calm)
  const calls: string[] = []
  const onCall = ({ method, key: called }: StoreCall): void => void (called === key && calls.push(method))
  const owner = await process('A', { store: observedStore(store, { onCall }) })
  owner.handle()
  const other = await process('B', { reaper: false })
  await other.see('home')
  await clock.advance(10_000)
  calls.length = 0
  await clock.advance(3 * minute)
  expect(owner.told).toHaveLength(1)
  expect(calls).toEqual(['load', 'replace', 'replace'])
})

test('a deadline that was made earlier is kept, whoever owns the partition, also where the kind has none', async () => {
  const { process, clock, marker } = world(calm)
  const Cart = defineScope({ kind: 'cart', initial: () => ({ n: 0 }), idle: '1h' })
  const Note = defineScope({ kind: 'note', initial: () => ({ n: 0 }) })
  const all = await Promise.all(['A', 'B', 'C'].map(name => process(name)))
  const ids = Array.from({ length: 12 }, (_, n) => `s${n}`)
  for (const { scopes } of all) await scopes.open(Cart, 'known here')
  const [first] = all
  if (!first) return
  const open = (id: string) => [first.scopes.open(Cart, id), first.scopes.open(Note, id)]
  const held = await Promise.all(ids.flatMap(open))
  for (const scope of held) await scope.update(draft => void draft.n++)
  await clock.advance(200_000)
  for (const scope of held) await scope.setLifetime({ idle: '1m' })
  await clock.advance(62_000)
  const markers = await Promise.all(ids.flatMap(id => [marker(`cart:shop:${id}`), marker(`note:shop:${id}`)]))
  expect(markers.map(ended => ended?.reason)).toEqual(held.map(() => 'expired'))
})

test('a new life with an earlier deadline of its own under an old id ends by that', async () => {
  const { process, clock, marker } = world(calm)
  const Cart = defineScope({ kind: 'cart', initial: () => ({ n: 0 }), idle: '1h' })
  const [one, two] = await Promise.all(['A', 'B'].map(name => process(name)))
  if (one === undefined || two === undefined) return
  const ids = Array.from({ length: 12 }, (_, n) => `s${n}`)
  const add = async (id: string): Promise<void> =>
    void (await (await one.scopes.open(Cart, id)).update(draft => void draft.n++))
  await Promise.all(ids.map(add))
  await two.scopes.open(Cart, 'known here')
  await clock.advance(200_000)
  for (const id of ids) {
    await (await one.scopes.open(Cart, id)).end()
    await (await two.scopes.open(Cart, id)).setLifetime({ idle: '1m' })
  }
  await clock.advance(62_000)
  const markers = await Promise.all(ids.map(id => marker(`cart:shop:${id}`)))
  expect(markers.map(ended => ended?.reason)).toEqual(ids.map(() => 'expired'))
})

test('a kind without deadlines and without handlers starts no reaper, and reaper: false none at all', async () => {
  const messages = published(diagnostics.reaper)
  const { process, clock, store } = world({})
  const Config = defineScope({ kind: 'config', initial: () => ({ n: 0 }) })
  const a = await process('A')
  await (await a.scopes.open(Config, 'c')).update(draft => void draft.n++)
  const b = await process('B', { reaper: false })
  await b.see('home')
  await clock.advance(3 * minute)
  expect(messages).toEqual([])
  expect(await store.load('lock:p:shop:0')).toBeUndefined()
  expect(Visit.keepEndsMs).toBe(7 * day)
})
