import { expect, test } from 'vitest'
import { type ScopeDefinition, ScopeEndedError, append, counter, defineScope, inc } from '../../src/index.ts'
import { processes } from './fixture.ts'

interface Counts {
  n: number
  other: number
  deep: { n: number; note?: string }
  log: string[]
  own: Record<string, number>
}

const initial = (): Counts => ({ n: 0, other: 0, deep: { n: 0 }, log: [], own: {} })
const Counted: ScopeDefinition<Counts> = defineScope({
  kind: 'counted',
  initial,
  idle: '30m',
  merge: { n: counter(), 'deep.n': counter(), log: append() },
})

test('what was changed in a whole value is merged into what others stored, by the policies of its places', async () => {
  const [one, two] = await processes(2)
  const here = await one.open(Counted, 's1')
  await here.update(draft => void (draft.own['seed'] = 1))
  const base = here.value
  const there = await two?.open(Counted, 's1')
  await there?.update(draft => {
    inc(draft, 'n', 1)
    draft.deep.n = 1
    draft.deep.note = 'theirs'
    draft.log.push('theirs')
    draft.own['there'] = 1
  })
  const next = { ...base, n: 1, other: 7, deep: { n: 1 }, log: ['ours'], own: { here: 1 } }
  expect(await here.commitValue({ base, next, version: 1 })).toMatchObject({ version: 3, merged: true })
  expect(here.value).toEqual({
    n: 2,
    other: 7,
    deep: { n: 2, note: 'theirs' },
    log: ['theirs', 'ours'],
    own: { here: 1, there: 1 },
  })
  expect(here.history().at(-1)).toMatchObject({ baseVersion: 1 })
})

test('a base that was never a version is as good: only what distinguishes the two values is stored', async () => {
  const [scopes] = await processes(1)
  const scope = await scopes.open(Counted, 's1')
  await scope.update(draft => {
    draft.n = 10
    draft.own['x'] = 1
  })
  const base = { ...initial(), n: 4 }
  await scope.commitValue({ base, next: { ...base, n: 5 } })
  expect(scope.value).toMatchObject({ n: 11, own: { x: 1 } })
})

test('the same value is no commit, and changes that are stored already are none either', async () => {
  const [scopes] = await processes(1)
  const scope = await scopes.open(Counted, 's1')
  expect(await scope.commitValue({ base: initial(), next: initial() })).toMatchObject({ commitId: undefined })
  const next = { ...initial(), other: 1 }
  expect(await scope.commitValue({ base: initial(), next })).toMatchObject({ version: 1 })
  expect(await scope.commitValue({ base: initial(), next })).toMatchObject({ version: 1, commitId: undefined })
})

test('a lifetime is stored with the change, in one commit', async () => {
  const [scopes] = await processes(1)
  const scope = await scopes.open(Counted, 's1')
  await scope.commitValue({ base: initial(), next: { ...initial(), n: 1 }, lifetime: { idle: '2h' } })
  expect(scope).toMatchObject({ version: 1, lifetime: { idleMs: 7_200_000, isOwn: true } })
})

test('the values stay the caller’s own, and what cannot be stored is refused with its place', async () => {
  const [scopes] = await processes(1)
  const scope = await scopes.open(Counted, 's1')
  const base = initial()
  const next = { ...initial(), own: { x: 1 } }
  await scope.commitValue({ base, next })
  next.own.x = 2
  base.n = 1
  expect(scope.value).toMatchObject({ n: 0, own: { x: 1 } })
  const broken = { ...initial(), own: { x: Symbol('x') as unknown as number } }
  await expect(scope.commitValue({ base: initial(), next: broken })).rejects.toMatchObject({
    code: 'invalid-state',
    path: ['own', 'x'],
  })
  await expect(scope.commitValue({ base: initial(), nextt: next } as never)).rejects.toMatchObject({
    code: 'invalid-argument',
  })
})

test('a value of an ended scope is never stored again', async () => {
  const [one, two] = await processes(2)
  const here = await one.open(Counted, 's1')
  await here.update(draft => void draft.other++)
  const base = here.value
  await (await two?.open(Counted, 's1'))?.end()
  await expect(here.commitValue({ base, next: { ...base, n: 1 } })).rejects.toThrow(ScopeEndedError)
})

interface Loose {
  own?: Record<string, unknown>
  user?: Record<string, unknown>
  deep?: { n?: number; more?: Record<string, number> }
}

const Loose: ScopeDefinition<Loose> = defineScope({
  kind: 'loose',
  initial: (): Loose => ({}),
  merge: { 'deep.n': counter() },
})

test('an object that both put in where nothing was is one that both have filled, where they do so apart or as declared', async () => {
  const [one, two] = await processes(2)
  const here = await one.open(Loose, 's1')
  const there = await two?.open(Loose, 's1')
  await there?.commitValue({ base: {}, next: { own: { there: 1 }, deep: { n: 1, more: { b: 1 } } } })
  await here.commitValue({ base: {}, next: { own: { here: 1 }, deep: { n: 1, more: { a: 1 } } } })
  expect(here.value).toEqual({ own: { there: 1, here: 1 }, deep: { n: 2, more: { b: 1, a: 1 } } })
})

test('one object is never mixed with another: what both fill at the same place, or under another id, is of the last writer', async () => {
  const [one, two] = await processes(2)
  const pairs = [
    [{ name: 'ann', isAdmin: true }, { name: 'ben' }],
    [{ id: 1, isAdmin: true }, { id: 2 }],
  ] as const
  for (const [index, [ann, ben]] of pairs.entries()) {
    const here = await one.open(Loose, `s${index}`)
    await (await two?.open(Loose, `s${index}`))?.commitValue({ base: {}, next: { user: ann } })
    await here.commitValue({ base: {}, next: { user: ben } })
    expect(here.value).toEqual({ user: ben })
  }
})
