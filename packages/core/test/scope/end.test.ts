import { expect, test } from 'vitest'
import { ScopeEndedError, defineScope } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

test('a late commit never revives an ended session', async () => {
  const [one, two] = await processes(2)
  const slow = await one.open(Session, 's1')
  await slow.update(draft => void draft.hits++)
  const logout = await two?.open(Session, 's1')
  await logout?.end('logout')
  const late = slow.update(draft => void draft.hits++)
  await expect(late).rejects.toBeInstanceOf(ScopeEndedError)
  await expect(late).rejects.toMatchObject({ reason: 'ended', detail: 'logout', outcome: 'none', status: 409 })
  const after = await one.open(Session, 's1')
  expect(after.isStored).toBe(false)
  expect(after.ended).toMatchObject({ reason: 'ended', detail: 'logout' })
  expect(after.value.hits).toBe(0)
})

test('an end is in order with the commits before it, and final', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const results = await Promise.allSettled([
    session.update(draft => void draft.hits++),
    session.end('logout'),
    session.update(draft => void draft.hits++),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(session.value.hits).toBe(0)
  expect(session.isStored).toBe(false)
})

test('of two ends one is told that somebody else had ended it', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void draft.hits++)
  const theirs = await two?.open(Session, 's1')
  const results = await Promise.allSettled([mine.end('mine'), theirs?.end('theirs')])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'ended', outcome: 'none' },
  })
})

test('ending what was never stored writes nothing', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  await session.end()
  expect(counts).toMatchObject({ insert: 0, replace: 0 })
})

test('a new handle may begin a new life over the end marker, an old one may not', async () => {
  const [scopes] = await processes(1)
  const old = await scopes.open(Session, 's1')
  await old.update(draft => void draft.hits++)
  const { life } = old
  await old.end()
  const reborn = await scopes.open(Session, 's1')
  expect(reborn.life).toBeUndefined()
  expect(await reborn.update(draft => void (draft.hits = 5))).toMatchObject({ version: 1 })
  expect(reborn.life).not.toBe(life)
  await expect(old.update(draft => void draft.hits++)).rejects.toBeInstanceOf(ScopeEndedError)
  expect(old.value.hits).toBe(0)
  expect(old.ended).toBeDefined()
  expect(reborn.value.hits).toBe(5)
})

test('two processes that begin the same scope at once end up in one life, and both changes are in it', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  const theirs = await two?.open(Session, 's1')
  await Promise.all([mine.update(draft => void draft.hits++), theirs?.update(draft => void draft.hits++)])
  expect(mine.life).toBe(theirs?.life)
  expect((await one.open(Session, 's1')).value.hits).toBe(2)
})

test('the same id in another kind or application is another scope', async () => {
  const Client = defineScope({ kind: 'client', initial: () => ({ visits: 0 }) })
  const [shop] = await processes(1)
  await (await shop.open(Session, 's:1')).update(draft => void draft.hits++)
  expect((await shop.open(Client, 's:1')).isStored).toBe(false)
  expect((await shop.open(Session, 's:1')).value.hits).toBe(1)
})

test.each(['', 'a\nb', '\u0000', '\ud800', 'é'.repeat(130)])('the id %j is refused', async id => {
  const [scopes] = await processes(1)
  await expect(scopes.open(Session, id)).rejects.toMatchObject({ code: 'invalid-argument' })
})
