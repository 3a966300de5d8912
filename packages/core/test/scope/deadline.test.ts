import { expect, test } from 'vitest'
import { type Clock, defineScope, memoryStore, systemClock } from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

const Visit = defineScope({ kind: 'visit', initial: () => ({ n: 0 }), idle: '30m', absolute: '2h' })
const minute = 60_000
/** How far the clocks of two processes may be apart. */
const tolerance = 1000

function steppedClock(): Clock & { pass(ms: number): void } {
  let now = 1_800_000_000_000
  return { ...systemClock, now: () => now, pass: ms => void (now += ms) }
}

test('a scope that was idle for too long has ended for every reader, with reason expired', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  expect(visit.deadline).toBe(clock.now() + 30 * minute)
  clock.pass(30 * minute - 1)
  expect((await two?.open(Visit, 'v'))?.value.n).toBe(1)
  clock.pass(tolerance)
  expect((await two?.open(Visit, 'v'))?.value.n).toBe(1)
  clock.pass(1)
  const late = await two?.open(Visit, 'v')
  expect(late?.value.n).toBe(0)
  expect(late?.ended).toMatchObject({ reason: 'expired' })
  await expect(visit.update(draft => void draft.n++)).rejects.toMatchObject({ code: 'ended', reason: 'expired' })
})

test('an overdue scope is ended before a writer is told so', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  clock.pass(31 * minute)
  await expect(visit.update(draft => void draft.n++)).rejects.toMatchObject({ code: 'ended', reason: 'expired' })
  expect((await two?.open(Visit, 'v'))?.ended).toMatchObject({ reason: 'expired' })
})

test('a commit renews the deadline in the same write when less than 90 % of the idle time remains', async () => {
  const clock = steppedClock()
  const watched = counted(memoryStore({ clock }))
  const [one, two] = await processes(2, { clock, store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const first = visit.deadline ?? 0
  clock.pass(2 * minute)
  await visit.update(draft => void draft.n++)
  expect(visit.deadline).toBe(first)
  clock.pass(2 * minute)
  await visit.update(draft => void draft.n++)
  expect(visit.deadline).toBe(first + 4 * minute)
  expect(watched.counts).toMatchObject({ insert: 1, append: 1, replace: 1 })
  expect((await two?.open(Visit, 'v'))?.deadline).toBe(first + 4 * minute)
})

test('touch renews once it is due, makes no version, and reaches no further than the absolute lifetime', async () => {
  const clock = steppedClock()
  const watched = counted(memoryStore({ clock }))
  const [scopes] = await processes(1, { clock, store: watched.store })
  const visit = await scopes.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const born = clock.now()
  expect(await visit.touch()).toBe(false)
  expect(watched.counts.replace).toBe(0)
  for (let passed = 20; passed < 120; passed += 20) {
    clock.pass(20 * minute)
    expect(visit.needsRenewal).toBe(true)
    expect(await visit.touch()).toBe(true)
  }
  expect(visit.deadline).toBe(born + 120 * minute)
  expect(visit.version).toBe(1)
  clock.pass(20 * minute + tolerance)
  expect((await scopes.open(Visit, 'v')).ended).toMatchObject({ reason: 'expired' })
})

test('scopes that began together are renewed apart, each at the same time for every process, and all by 11 % of their idle time', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  if (!two) return
  const ids = Array.from({ length: 40 }, (_, n) => `v${n}`)
  const visits = await Promise.all(ids.map(id => one.open(Visit, id)))
  for (const visit of visits) await visit.update(draft => void draft.n++)
  const due: number[] = []
  for (const seconds of [180, 5, 5, 5, 4]) {
    clock.pass(seconds * 1000)
    const now = visits.map(({ needsRenewal }) => needsRenewal)
    due.push(now.filter(Boolean).length)
    const others = await Promise.all(ids.map(id => two.open(Visit, id)))
    expect(others.map(({ needsRenewal }) => needsRenewal)).toEqual(now)
  }
  expect([due[0], due.at(-1)]).toEqual([0, 40])
  // That forty random lives are all due between the same two looks comes once in 10^20 runs.
  expect(due.some(count => count > 0 && count < 40)).toBe(true)
})

test('a renewal never revives an ended scope', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  clock.pass(20 * minute)
  await (await two?.open(Visit, 'v'))?.end()
  expect(await visit.touch()).toBe(false)
  expect((await one.open(Visit, 'v')).isStored).toBe(false)
})

test('a last-moment renewal wins over an end by deadline', async () => {
  const clock = steppedClock()
  const watched = counted(memoryStore({ clock }))
  const [one, two] = await processes(2, { clock, store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const renewing = await two?.open(Visit, 'v')
  clock.pass(29 * minute)
  await renewing?.touch()
  clock.pass(2 * minute)
  expect((await visit.update(draft => void draft.n++)).version).toBe(2)
})

test('a rotation keeps the time of creation, so it does not prolong the absolute lifetime', async () => {
  const clock = steppedClock()
  const [scopes] = await processes(1, { clock, store: memoryStore({ clock }) })
  const visit = await scopes.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const born = clock.now()
  for (let passed = 0; passed < 100; passed += 25) {
    clock.pass(25 * minute)
    await visit.touch()
  }
  const next = await visit.rotate()
  expect(next.deadline).toBe(born + 120 * minute)
})

test('touch and rotate do not carry an overdue scope on: it is ended first', async () => {
  const clock = steppedClock()
  const [scopes] = await processes(1, { clock, store: memoryStore({ clock }) })
  const touched = await scopes.open(Visit, 'touched')
  const rotated = await scopes.open(Visit, 'rotated')
  for (const visit of [touched, rotated]) await visit.update(draft => void draft.n++)
  clock.pass(31 * minute)
  expect(await touched.touch()).toBe(false)
  expect(touched.ended).toMatchObject({ reason: 'expired' })
  await expect(rotated.rotate()).rejects.toMatchObject({ code: 'ended', reason: 'expired' })
})

test('lifetimes beyond 24.8 days work', async () => {
  const Client = defineScope({ kind: 'client', initial: () => ({ n: 0 }), idle: '400d' })
  const clock = steppedClock()
  const [scopes] = await processes(1, { clock, store: memoryStore({ clock }) })
  const client = await scopes.open(Client, 'c')
  await client.update(draft => void draft.n++)
  clock.pass(399 * 24 * 60 * minute)
  expect((await scopes.open(Client, 'c')).value.n).toBe(1)
})
