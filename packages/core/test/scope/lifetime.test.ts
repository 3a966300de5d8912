import { expect, test } from 'vitest'
import {
  type Clock,
  type DocumentStore,
  type LifetimeOptions,
  type StandardSchema,
  defineScope,
  memoryStore,
  systemClock,
} from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

const minute = 60_000
const day = 86_400_000

interface VisitState {
  n: number
  user?: string
}

const Visit = defineScope({ kind: 'visit', initial: (): VisitState => ({ n: 0 }), idle: '30m', absolute: '12h' })
const remembered: LifetimeOptions = { idle: '30d', absolute: '400d' }

function steppedClock(): Clock & { pass(ms: number): void } {
  let now = 1_800_000_000_000
  return { ...systemClock, now: () => now, pass: ms => void (now += ms) }
}

/** The store with the expiry of each document as it was asked for last. */
function withExpiries(store: DocumentStore): {
  readonly store: DocumentStore
  readonly expiries: Map<string, unknown>
} {
  const expiries = new Map<string, unknown>()
  return {
    expiries,
    store: {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      close: () => store.close(),
      load: (key, options) => store.load(key, options),
      insert(key, bytes, options) {
        expiries.set(key, options?.expiresAt)
        return store.insert(key, bytes, options)
      },
      append: (key, bytes, token, options) => store.append(key, bytes, token, options),
      replace(key, bytes, token, options) {
        expiries.set(key, options?.expiresAt)
        return store.replace(key, bytes, token, options)
      },
      remove: (key, token, options) => store.remove(key, token, options),
    },
  }
}

test('a scope keeps the lifetime that it was given, and every process goes by it: deadline, expiry of the store, end', async () => {
  const clock = steppedClock()
  const { store, expiries } = withExpiries(memoryStore({ clock }))
  const [one, two] = await processes(2, { clock, store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  expect(visit.lifetime).toEqual({ idleMs: 30 * minute, absoluteMs: 720 * minute, isOwn: false })
  const { version } = await visit.setLifetime(remembered)
  expect(version).toBe(2)
  const deadline = clock.now() + 30 * day
  expect(visit.deadline).toBe(deadline)
  expect(expiries.get('visit:shop:v')).toBe(deadline / 1000 + 600)
  clock.pass(29 * day)
  const elsewhere = await two?.open(Visit, 'v')
  expect(elsewhere?.value.n).toBe(1)
  expect(elsewhere?.lifetime).toEqual({ idleMs: 30 * day, absoluteMs: 400 * day, isOwn: true })
  clock.pass(day + 1000)
  expect((await two?.open(Visit, 'v'))?.ended).toMatchObject({ reason: 'expired' })
})

test('renewals by commits and by touch count its own idle time, up to its own absolute one', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  const visit = await one.open(Visit, 'v')
  const born = clock.now()
  await visit.setLifetime(remembered)
  clock.pass(2 * day)
  expect(visit.needsRenewal).toBe(false)
  await visit.update(draft => void draft.n++)
  expect(visit.deadline).toBe(born + 30 * day)
  clock.pass(2 * day)
  expect(visit.needsRenewal).toBe(true)
  await visit.update(draft => void draft.n++)
  expect(visit.deadline).toBe(clock.now() + 30 * day)
  for (let passed = 4; passed < 396; passed += 28) {
    clock.pass(28 * day)
    expect(await (await two?.open(Visit, 'v'))?.touch()).toBe(true)
  }
  expect((await one.open(Visit, 'v')).deadline).toBe(born + 400 * day)
})

test('it survives compactions, a rotation and a new shape of the state', async () => {
  const clock = steppedClock()
  const store = memoryStore({ clock })
  const [one, two] = await processes(2, { clock, store })
  const visit = await one.open(Visit, 'v')
  await visit.setLifetime(remembered)
  for (let commit = 0; commit < 200; commit++) await visit.update(draft => void draft.n++)
  clock.pass(20 * day)
  const next = await visit.rotate()
  expect(next.deadline).toBe(clock.now() + 30 * day)
  const Newer = defineScope({
    kind: 'visit',
    version: 2,
    initial: () => ({ count: 0 }),
    upcast: { 1: ({ n }: VisitState) => ({ count: n }) },
    idle: '10m',
  })
  const newer = await two?.open(Newer, next.id)
  await newer?.update(draft => void draft.count++)
  clock.pass(28 * day)
  const later = await two?.open(Newer, next.id)
  expect(later?.value).toEqual({ count: 201 })
  expect(later?.lifetime).toEqual({ idleMs: 30 * day, absoluteMs: 400 * day, isOwn: true })
})

test('it is stored with the changes of a draft, in the one write that creates the scope', async () => {
  const clock = steppedClock()
  const watched = counted(memoryStore({ clock }))
  const [one] = await processes(1, { clock, store: watched.store })
  const work = one.create(Visit, { id: 'v' }).draft()
  work.value.user = 'u'
  work.setLifetime(remembered)
  expect(work.finish()).toBe(true)
  expect(await work.commit()).toMatchObject({ version: 1, merged: false })
  expect(watched.counts).toMatchObject({ insert: 1, append: 0, replace: 0 })
  expect((await one.open(Visit, 'v')).deadline).toBe(clock.now() + 30 * day)
  work.value.n++
  await work.commit()
  expect(watched.counts).toMatchObject({ insert: 1, append: 1, replace: 0 })
})

test('a draft that was discarded gives no lifetime, and a finished one takes none', async () => {
  const [one] = await processes(1)
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const work = visit.draft()
  work.setLifetime(remembered)
  work.discard()
  expect(() => work.setLifetime(remembered)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  await visit.update(draft => void draft.n++)
  expect(visit.lifetime.isOwn).toBe(false)
})

test('the same lifetime again writes nothing; {} gives that of the kind back, and a part leaves the rest to it', async () => {
  const clock = steppedClock()
  const watched = counted(memoryStore({ clock }))
  const [one] = await processes(1, { clock, store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  await visit.setLifetime({ idle: '2h' })
  expect(visit.lifetime).toEqual({ idleMs: 120 * minute, absoluteMs: 720 * minute, isOwn: true })
  expect(await visit.setLifetime({ idle: 120 * minute })).toMatchObject({ version: 2, commitId: undefined })
  expect(watched.counts.replace).toBe(1)
  await visit.setLifetime({ idle: 'never', absolute: 'never' })
  expect(visit.deadline).toBeUndefined()
  await visit.setLifetime({})
  expect(visit.lifetime).toEqual({ idleMs: 30 * minute, absoluteMs: 720 * minute, isOwn: false })
  expect(visit.deadline).toBe(clock.now() + 30 * minute)
})

test('it is a change without patches for who watches', async () => {
  const [one] = await processes(1)
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const told: unknown[] = []
  visit.changes$.subscribe(({ type, version, ...change }) =>
    told.push([type, version, 'patches' in change ? change.patches : undefined]),
  )
  await visit.setLifetime(remembered)
  await visit.update(draft => void draft.n++)
  expect(told).toEqual([
    ['updated', 2, []],
    ['updated', 3, [{ op: 'set', path: ['n'], value: 2 }]],
  ])
})

test('what others commit at the same time is kept, and of two lifetimes the later commit’s stands', async () => {
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const other = await two?.open(Visit, 'v')
  let hasWritten = false
  watched.before = async operation => {
    if (operation !== 'replace' || hasWritten) return
    hasWritten = true
    await other?.update(draft => void (draft.user = 'u'))
    await other?.setLifetime({ idle: '1h' })
  }
  await visit.setLifetime(remembered)
  const read = await two?.open(Visit, 'v')
  expect(read?.value).toEqual({ n: 1, user: 'u' })
  expect(read?.version).toBe(4)
  expect(read?.lifetime.idleMs).toBe(30 * day)
})

test('an absolute lifetime that is over already ends the scope at once, as expired, and it is told so', async () => {
  const clock = steppedClock()
  const [one, two] = await processes(2, { clock, store: memoryStore({ clock }) })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  clock.pass(20 * minute)
  await visit.touch()
  clock.pass(20 * minute)
  await visit.setLifetime({ idle: '5m', absolute: '10m' })
  // The second by which clocks may differ.
  clock.pass(1000)
  expect((await two?.open(Visit, 'v'))?.ended).toMatchObject({ reason: 'expired' })
})

test('a scope that has ended gets no lifetime, also not by a handle that had seen it', async () => {
  const [one, two] = await processes(2)
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  await (await two?.open(Visit, 'v'))?.end()
  await expect(visit.setLifetime(remembered)).rejects.toMatchObject({ code: 'ended', outcome: 'none' })
})

test('a lifetime is stored before it is told, also where the rest is written behind', async () => {
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store, cluster: false, backup: 'behind' })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  await visit.update(draft => void draft.n++)
  expect(watched.counts.insert).toBe(0)
  await visit.setLifetime(remembered)
  const read = await two?.open(Visit, 'v')
  expect(read?.value.n).toBe(2)
  expect(read?.lifetime.isOwn).toBe(true)
})

const refused: readonly unknown[] = [
  { idle: '' },
  { idle: '30' },
  { idle: '3600000' },
  { idle: '1.5h' },
  { idle: Number.NaN },
  { idle: Infinity },
  { idle: -1 },
  { idle: 0 },
  { absolute: new Date() },
  { idle: '2h', absolute: '1h' },
  // The definition's own 12 hours would end it before.
  { idle: '30d' },
  { idel: '30d' },
  undefined,
  '30d',
]

test.each(refused)('%o is no lifetime: it is refused, and nothing is written', async lifetime => {
  const watched = counted()
  const [one] = await processes(1, { store: watched.store })
  const visit = one.create(Visit)
  await expect(visit.setLifetime(lifetime as LifetimeOptions)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(() => visit.draft().setLifetime(lifetime as LifetimeOptions)).toThrow(
    expect.objectContaining({ code: 'invalid-argument' }),
  )
  expect(watched.counts).toMatchObject({ load: 0, insert: 0, append: 0, replace: 0 })
})

const evenOnly: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value => ((value as VisitState).n % 2 ? { issues: [{ message: 'is odd', path: ['n'] }] } : { value }),
  },
}

test('a state that the schema refuses is not stored by a lifetime either', async () => {
  const Odd = defineScope({ kind: 'odd', initial: (): VisitState => ({ n: 1 }), schema: evenOnly })
  const [one] = await processes(1)
  await expect(one.create(Odd).setLifetime(remembered)).rejects.toMatchObject({ code: 'invalid-state' })
})

test('where the lifetime of the kind has become shorter, asking for it makes the deadline earlier', async () => {
  const clock = steppedClock()
  const store = memoryStore({ clock })
  const [one] = await processes(1, { clock, store })
  const [two] = await processes(1, { clock, store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  const Shorter = defineScope({ kind: 'visit', initial: (): VisitState => ({ n: 0 }), idle: '5m', absolute: '12h' })
  const deployed = await two.open(Shorter, 'v')
  await deployed.update(draft => void draft.n++)
  expect(deployed.deadline).toBe(clock.now() + 30 * minute)
  await deployed.setLifetime({})
  expect(deployed.deadline).toBe(clock.now() + 5 * minute)
  expect(deployed.lifetime.isOwn).toBe(false)
  const { version } = deployed
  await deployed.setLifetime({})
  expect(deployed.version).toBe(version)
})
