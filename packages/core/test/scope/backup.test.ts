import { firstValueFrom, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { LostCommitsError, StoreUnavailableError, memoryStore, openScopes } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

test('with cluster: false only the first open reads the store', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store, cluster: { session: false } })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  for (let round = 0; round < 10; round++) expect((await scopes.open(Session, 's1')).value.hits).toBe(1)
  expect(counts.load).toBe(1)
})

test('with cluster: false a commit finds what another process wrote, and loses nothing', async () => {
  const [one, two] = await processes(2, { cluster: false })
  const mine = await one.open(Session, 's1')
  const theirs = await two?.open(Session, 's1')
  for (let round = 0; round < 20; round++) {
    await Promise.all([mine.update(draft => void draft.hits++), theirs?.update(draft => void draft.hits++)])
  }
  await mine.update(draft => void draft.hits++)
  expect(mine.value.hits).toBe(41)
})

test("backup 'behind' shows a commit at once, writes several together, and flushes at close", async () => {
  const inner = memoryStore()
  const { store, counts } = counted(inner)
  const scopes = await openScopes({
    application: 'shop',
    store: { ...store, close: () => Promise.resolve() },
    cluster: false,
    backup: 'behind',
  })
  const session = await scopes.open(Session, 's1')
  const seen = firstValueFrom(session.select(({ hits }) => hits).pipe(take(11), toArray()))
  for (let round = 0; round < 10; round++) {
    expect(await session.update(draft => void draft.hits++)).toMatchObject({ version: round + 1 })
    expect(session.value.hits).toBe(round + 1)
  }
  expect(await seen).toEqual(Array.from({ length: 11 }, (_, index) => index))
  await scopes.close()
  expect(counts.insert + counts.append + counts.replace).toBe(1)
  const after = await openScopes({ application: 'shop', store: inner })
  expect((await after.open(Session, 's1')).value.hits).toBe(10)
})

test("backup 'behind' that cannot be written is told at close, with the scopes", async () => {
  const watched = counted()
  const scopes = await openScopes({
    application: 'shop',
    store: watched.store,
    cluster: false,
    backup: 'behind',
    commitTimeoutMs: 20,
  })
  const session = await scopes.open(Session, 's1')
  watched.before = operation => {
    if (operation !== 'load') throw new StoreUnavailableError('the disk is full')
  }
  await session.update(draft => void draft.hits++)
  const closing = scopes.close()
  await expect(closing).rejects.toBeInstanceOf(LostCommitsError)
  await expect(closing).rejects.toMatchObject({ lost: [{ key: { kind: 'session', id: 's1' }, version: 1 }] })
})

test('close waits for what is being written, and refuses what comes later', async () => {
  const watched = counted()
  const [scopes] = await processes(1, { store: watched.store })
  const session = await scopes.open(Session, 's1')
  const work = [session.update(draft => void draft.hits++), session.update(draft => void draft.hits++)]
  const closing = scopes.close()
  expect((await Promise.all(work)).map(({ version }) => version)).toEqual([1, 2])
  await closing
  await scopes.close()
  await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({
    code: 'store-unavailable',
    outcome: 'none',
  })
  await expect(scopes.open(Session, 's1')).rejects.toMatchObject({ code: 'store-unavailable' })
})
