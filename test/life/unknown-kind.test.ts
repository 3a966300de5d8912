import { type Scopes, defineScope } from '@scopes/core'
import type { ManualClock } from '@scopes/testing'
import { expect, test } from 'vitest'
import { minute, world } from './world.ts'

const Login = defineScope({
  kind: 'login',
  initial: (): { user?: string; pages: number } => ({ pages: 0 }),
  idle: '2m',
  indexes: { user: ({ user }) => user },
})
const Other = defineScope({ kind: 'other', initial: () => ({ n: 0 }), idle: '30d' })

/** The reaper is in a process that knows another kind only; the visitor's has none, and goes. */
async function visited(visits: (scopes: Scopes, clock: ManualClock) => Promise<unknown>) {
  const opened = await openWorld()
  const { clock, visitor } = opened
  await visits(visitor, clock)
  await visitor.close()
  await opened.store.open()
  const indexOf = (user: string) => opened.store.load(`index:shop:user:${user}`)
  const before = await Promise.all(['ann', 'bob'].map(indexOf))
  await clock.advance(3 * minute)
  const after = await Promise.all(['ann', 'bob'].map(indexOf))
  return { before: before.map(isThere), after: after.map(isThere) }
}

async function openWorld() {
  const { process, clock, store } = world({ reaper: { leaseMs: 120_000 } })
  const { scopes } = await process('reaper')
  await (await scopes.open(Other, 'o')).update(draft => void draft.n++)
  await clock.advance(5000)
  const { scopes: visitor } = await process('visitor', { reaper: false })
  return { clock, store, visitor }
}

function isThere(document: unknown): boolean {
  return document !== undefined
}

test('a scope that is ended where nobody knows its kind leaves its indexes', async () => {
  const { before, after } = await visited(async scopes => {
    const login = await scopes.open(Login, 'v')
    await login.update(draft => void draft.pages++)
    await login.update(draft => void (draft.user = 'ann'))
  })
  expect([before, after]).toEqual([
    [true, false],
    [false, false],
  ])
})

test('so does one whose value has changed since, and which was renewed', async () => {
  const { before, after } = await visited(async (scopes, clock) => {
    const login = await scopes.open(Login, 'v')
    await login.update(draft => void (draft.user = 'ann'))
    const next = await login.rotate()
    await next.update(draft => void (draft.user = 'bob'))
    for (let page = 0; page < 50; page++) await next.update(draft => void draft.pages++)
    await clock.advance(minute)
    // The commit that says what it is named by leaves the tail.
    expect(await next.touch()).toBe(true)
  })
  expect([before, after]).toEqual([
    [false, true],
    [false, false],
  ])
})

test('so does what a rotation has made of one', async () => {
  const { before, after } = await visited(async scopes => {
    const login = await scopes.open(Login, 'v')
    await login.update(draft => void draft.pages++)
    await login.update(draft => void (draft.user = 'ann'))
    await login.rotate()
  })
  expect([before, after]).toEqual([
    [true, false],
    [false, false],
  ])
})

test('one that nobody was named for asks no index', async () => {
  const { before, after } = await visited(async scopes => {
    const login = await scopes.open(Login, 'v')
    await login.update(draft => void (draft.user = 'ann'))
    await login.update(draft => void delete draft.user)
  })
  expect([before, after]).toEqual([
    [false, false],
    [false, false],
  ])
})
