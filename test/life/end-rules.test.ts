import { expect, test } from 'vitest'
import { type EndedDocument, type Scope } from '@scopes/core'
import { type Visit, key, minute, work, world } from './world.ts'

const day = 24 * 60 * minute
const claimed = { delivery: { type: 'pending', claim: { beat: expect.any(Number) } } }

test('N1 scope-kept: the store keeps an overdue scope for keepEnds, and its handlers are told after a downtime', async () => {
  const { process, clock } = world()
  const a = await process('A')
  await a.see('home')
  await a.scopes.close()
  await clock.jump(6 * day)
  const b = await process('B')
  b.handle()
  expect((await b.visit()).ended).toMatchObject({ reason: 'expired' })
  await clock.advance(0)
  expect(b.told).toMatchObject([{ reason: 'expired', value: { pages: ['home'] } }])
})

test('N2 marker-kept, delivered-after-success: an end waits for keepEnds; its state goes when the handlers have succeeded', async () => {
  const { process, clock, marker, store } = world()
  const a = await process('A')
  const handling = work()
  a.handle(() => handling.promise)
  const ending = (await a.see('home')).end()
  await clock.advance(40_000)
  expect(await marker()).toMatchObject({ ...claimed, state: { pages: ['home'] } })
  handling.finish()
  await ending
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' }, state: undefined })
  await clock.jump(11 * minute)
  expect(await store.load(key)).toBeUndefined()
})

test('N2: an end without any process that has handlers outlives the ten minutes of a marker', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  await (await a.see('home')).end('logout')
  expect(await marker()).toMatchObject({ delivery: { type: 'pending', claim: undefined } })
  await clock.jump(6 * day)
  const b = await process('B')
  b.handle()
  await b.visit()
  await clock.advance(20_000)
  expect(b.told).toMatchObject([{ reason: 'ended', detail: 'logout', value: { pages: ['home'] } }])
})

test('N3 journal-first: an id gets a new life while its end waits, and the end is delivered from its journal', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  const old = await a.see('home')
  await old.end()
  const again = await a.see('again')
  expect(again.life).not.toBe(old.life)
  const journal = `end:${key}:${old.life}`
  expect(await marker(journal)).toMatchObject({ life: old.life, of: key, state: { pages: ['home'] } })
  const b = await process('B')
  b.handle()
  await clock.advance(20_000)
  expect((await a.visit()).value.pages).toEqual(['again'])
})

test('N3: who was delivering when the id got a new life says so in the journal', async () => {
  const { process, marker } = world()
  const a = await process('A')
  const b = await process('B')
  const handling = work()
  a.handle(() => handling.promise)
  const old = await a.see('home')
  const ending = old.end()
  while (a.told.length === 0) await new Promise(resolve => setImmediate(resolve))
  await b.see('again')
  handling.finish()
  await ending
  expect(await marker(`end:${key}:${old.life}`)).toMatchObject({ delivery: { type: 'delivered' }, state: undefined })
  expect((await b.visit()).value.pages).toEqual(['again'])
  expect(a.told).toHaveLength(1)
})

test('N3: a store that does not keep the end keeps the new life from being written, outcome none', async () => {
  const { process, marker, clock } = world()
  const a = await process('A')
  await (await a.see('home')).end()
  const fresh = await a.visit('v')
  const writing = fresh.update(draft => void draft.pages.push('again')).catch((error: unknown) => error)
  a.faulty.faults.failing(true)
  await clock.advance(5000)
  expect(await writing).toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  expect(await marker()).toMatchObject({ delivery: { type: 'pending' } })
})

test('N3: an end that was put aside for a new life which never came is told, and its marker waits no more', async () => {
  const { process, marker, clock } = world({ reaper: { leaseMs: 12_000 } })
  const [a, b] = [await process('A'), await process('B', { reaper: false })]
  const handling = work()
  a.handle(() => (a.told.length === 1 ? handling.promise.then(() => Promise.reject(new Error('down'))) : undefined))
  const old = await a.see('home')
  await clock.advance(10_000)
  const ending = old.end()
  while (a.told.length === 0) await new Promise(resolve => setImmediate(resolve))
  const fresh = await b.visit()
  b.faulty.faults.next({ operation: 'replace', key, fault: 'fail' })
  const writing = fresh.update(draft => void draft.pages.push('again'), { attempts: 1 })
  await expect(writing).rejects.toMatchObject({ outcome: 'none' })
  handling.finish()
  await ending
  await clock.advance(30_000)
  expect(await marker(`end:${key}:${old.life}`)).toMatchObject({ delivery: { type: 'delivered' } })
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' }, state: undefined })
  expect(a.told.map(({ attempt }) => attempt)).toHaveLength(2)
})

test('N4 claim-by-token: a renewal between the look and the end wins, and nobody is told of an end', async () => {
  const { process, clock } = world()
  const a = await process('A')
  const b = await process('B')
  a.handle()
  const visit = await a.see('home')
  const renewing = await b.visit()
  await clock.jump(1.9 * minute)
  await renewing.touch()
  await clock.jump(10_000)
  await visit.update(draft => void draft.pages.push('more'))
  expect([visit.value.pages, a.told]).toEqual([['home', 'more'], []])
})

test('end-confirmed: no handler before the end is known to be stored', async () => {
  const { process, marker } = world()
  const a = await process('A')
  a.handle(async () => expect(await marker()).toBeDefined())
  const visit = await a.see('home')
  a.faulty.faults.next({ operation: 'replace', key, fault: 'lose-before' })
  await visit.end()
  expect(a.told).toHaveLength(1)
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' } })
})

test.each(['lose-before', 'lose-after', 'delay-answer', 'duplicate', 'fail'] as const)(
  'N5: an end and its delivery happen once where the answers are disturbed: %s',
  async fault => {
    const { process, marker, clock } = world()
    const a = await process('A')
    a.handle()
    const visit = await a.see('home')
    // The end, and then the word that it is delivered.
    for (let request = 0; request < 2; request++) a.faulty.faults.next({ operation: 'replace', key, fault })
    const ending = visit.end().catch((error: unknown) => error)
    await clock.advance(10_000)
    const failure = await ending
    if (fault === 'fail') {
      expect(failure).toMatchObject({ outcome: 'none' })
      return expect(a.told).toEqual([])
    }
    expect(failure).toBeUndefined()
    expect(a.told).toHaveLength(1)
    expect(await marker()).toMatchObject({ delivery: { type: 'delivered' } })
  },
)

test('N5 delivery-claim: of all processes that see an end one delivers it', async () => {
  const { process, clock } = world()
  const all = await Promise.all(['A', 'B', 'C'].map(name => process(name)))
  const [a] = all
  await (await a?.see('home'))?.end()
  for (const one of all) one.handle()
  await Promise.all(all.map(one => one.visit()))
  await clock.advance(60_000)
  expect(all.flatMap(({ told }) => told)).toHaveLength(1)
})

test('N5 claim-expires: a claim that gives no sign of life is taken over, and not while it does', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  const b = await process('B')
  a.handle(() => new Promise(() => {}))
  b.handle()
  void (await a.see('home')).end()
  await clock.advance(0)
  await b.visit()
  await clock.advance(40_000)
  expect([a.told.length, b.told.length]).toEqual([1, 0])
  a.faulty.faults.failing(true)
  await clock.advance(36_000)
  expect(b.told).toMatchObject([{ deliveryId: a.told[0]?.deliveryId }])
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' } })
  // Who comes back learns that somebody else has delivered.
  a.faulty.faults.failing(false)
  await clock.advance(6000)
  expect(a.told[0]?.signal.aborted).toBe(true)
})

test('N6 handler-time-out: a handler that hangs is stopped after a minute and told again', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  a.handle(() => (a.told.length === 1 ? new Promise(() => {}) : undefined))
  const ending = (await a.see('home')).end()
  await clock.advance(59_000)
  expect(a.told[0]?.signal.aborted).toBe(false)
  await clock.advance(1000)
  expect(a.told[0]?.signal.aborted).toBe(true)
  await ending
  await clock.advance(3000)
  expect(a.told.map(({ attempt }) => attempt)).toEqual([0, 1])
  expect(await marker()).toMatchObject({ delivery: { type: 'delivered' } })
})

test('N8 renew-by-token: a renewal that arrives after the end changes nothing', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  const b = await process('B')
  const visit = await a.see('home')
  await clock.jump(minute)
  a.faulty.faults.next({ operation: 'replace', key, fault: 'late' })
  const touching = visit.touch()
  while (a.faulty.faults.lateRequests === 0) await clock.advance(10)
  await (await b.visit()).end()
  const ended = await marker()
  await a.faulty.faults.land()
  await clock.advance(5000)
  await touching
  expect(await marker()).toEqual(ended)
})

test('N9 end-before-saying-so: a process whose clock is ahead stores the end before it says so', async () => {
  const { process, clock, marker } = world()
  const ahead = { ...clock, now: () => clock.now() + 10 * minute, monotonic: () => clock.monotonic() }
  const a = await process('A')
  const b = await process('B', { clock: ahead })
  const visit = await a.see('home')
  await clock.jump(minute)
  expect((await b.visit()).ended).toMatchObject({ reason: 'expired' })
  expect(await marker()).toBeDefined()
  await expect(visit.update(draft => void draft.pages.push('late'))).rejects.toMatchObject({ reason: 'expired' })
})

test('N9: where the end cannot be stored nobody says that the scope has ended', async () => {
  const { process, clock, marker } = world()
  const a = await process('A')
  const visit: Scope<Visit> = await a.see('home')
  await clock.jump(3 * minute)
  a.faulty.faults.hold()
  const opening = a.visit().catch((error: unknown) => error)
  await clock.advance(5000)
  expect(await opening).toMatchObject({ code: 'store-unavailable' })
  expect(visit.ended).toBeUndefined()
  a.faulty.faults.release()
  await clock.advance(1)
  const left: EndedDocument | undefined = await marker()
  expect(left?.reason ?? 'alive').toMatch(/alive|expired/)
})

test('N10 tombstone: an end removes nothing: a creation that arrives late does not bring the scope back', async () => {
  const { process } = world()
  const a = await process('A')
  const b = await process('B')
  a.faulty.faults.next({ operation: 'insert', key, fault: 'duplicate' })
  await (await a.see('home')).end()
  await a.faulty.faults.land()
  expect((await b.visit()).ended).toMatchObject({ reason: 'ended' })
})
