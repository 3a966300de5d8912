import { ReplaySubject, filter, firstValueFrom, last, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import {
  type DocumentStore,
  LostCommitsError,
  type Scopes,
  StoreUnavailableError,
  memoryStore,
  openScopes,
  defineScope,
  systemClock,
} from '../../src/index.ts'
import { Session, type SessionState, counted, processes } from './fixture.ts'

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

test("backup 'behind' is written at once when it is asked to; where nothing waits nobody is asked", async () => {
  const { store, counts } = counted()
  // Time stands still: nothing is written by itself.
  const clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) }
  const [scopes] = await processes(1, { store, clock, cluster: false, backup: 'behind' })
  const session = await scopes.open(Session, 's1')
  await session.flush()
  await session.update(draft => void draft.hits++)
  await session.update(draft => void draft.hits++)
  expect([session.isStored, counts.insert]).toEqual([false, 0])
  const other = await scopes.open(Session, 's1')
  await Promise.all([other.flush(), session.flush()])
  expect([session.isStored, other.isStored, session.version]).toEqual([true, true, 2])
  await session.flush()
  // One load for each open: memory had no copy.
  expect(counts).toMatchObject({ load: 2, insert: 1, append: 0, replace: 0 })
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

async function behind(): Promise<{ readonly inner: DocumentStore; readonly scopes: Scopes }> {
  const inner = memoryStore()
  const store = { ...counted(inner).store, close: () => Promise.resolve() }
  return { inner, scopes: await openScopes({ application: 'shop', store, cluster: false, backup: 'behind' }) }
}

async function valueIn(store: DocumentStore): Promise<SessionState> {
  const scopes = await openScopes({ application: 'shop', store })
  return (await scopes.open(Session, 's1')).value as SessionState
}

test("backup 'behind': a draft on a value that is not written yet takes nothing in it twice, and loses none of it", async () => {
  const { inner, scopes } = await behind()
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  await expect.poll(() => session.isStored, { interval: 1 }).toBe(true)
  await session.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
  const work = session.draft()
  work.value.cart.push({ sku: 'b', quantity: 1 })
  expect(work.current.cart.map(({ sku }) => sku)).toEqual(['a', 'b'])
  await work.commit()
  await scopes.close()
  expect((await valueIn(inner)).cart.map(({ sku }) => sku)).toEqual(['a', 'b'])
})

test("backup 'behind': the same when another process has written meanwhile", async () => {
  const { inner, scopes } = await behind()
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  await expect.poll(() => session.isStored, { interval: 1 }).toBe(true)
  const other = await (await openScopes({ application: 'shop', store: inner })).open(Session, 's1')
  await other.update(draft => void (draft.user = 'other'))
  await session.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
  const work = session.draft()
  work.value.cart.push({ sku: 'b', quantity: 1 })
  await work.commit()
  await session.update(draft => void (draft.notes['merged'] = 'yes'), { onConflict: 'merge' })
  await scopes.close()
  expect(await valueIn(inner)).toEqual({
    hits: 1,
    user: 'other',
    cart: [
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: 1 },
    ],
    notes: { merged: 'yes' },
  })
})

test("backup 'behind': onConflict 'fail' fails only where somebody else has written", async () => {
  const { inner, scopes } = await behind()
  const session = await scopes.open(Session, 's1')
  for (let round = 0; round < 3; round++) await session.update(draft => void draft.hits++, { onConflict: 'fail' })
  await scopes.close()
  expect((await valueIn(inner)).hits).toBe(3)
})

test("backup 'behind': what was reported as done is not given up by its signal; an aborted one is not taken", async () => {
  const { inner, scopes } = await behind()
  const session = await scopes.open(Session, 's1')
  const abort = new AbortController()
  await session.update(draft => void draft.hits++, { signal: abort.signal })
  abort.abort()
  const late = session.update(draft => void draft.hits++, { signal: abort.signal })
  await expect(late).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  await scopes.close()
  expect((await valueIn(inner)).hits).toBe(1)
})

test("with backup 'behind' a state over its limit is refused at once, not lost later", async () => {
  const Small = defineScope({ kind: 'small', initial: () => ({ text: '' }), limits: { bytes: 500 } })
  const [scopes] = await processes(1, { cluster: false, backup: 'behind' })
  const scope = await scopes.open(Small, 's1')
  await scope.update(draft => void (draft.text = 'x'))
  await expect(scope.update(draft => void (draft.text = 'y'.repeat(600)))).rejects.toMatchObject({ code: 'too-large' })
  expect(scope.value.text).toBe('x')
  await scopes.close()
})

test('an option that openScopes does not know is refused, and named', async () => {
  const opening = openScopes({ application: 'shop', store: memoryStore(), clustre: false } as never)
  await expect(opening).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('clustre') })
})

test("backup 'behind' shows what is not written yet in its own life only, not in the next", async () => {
  const shared = { ...counted().store, close: () => Promise.resolve() }
  // Nothing is written before the scopes close.
  const clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) }
  const mine = await openScopes({ application: 'shop', store: shared, cluster: false, backup: 'behind', clock })
  const other = await openScopes({ application: 'shop', store: shared })
  await (await other.open(Session, 's1')).update(draft => void (draft.user = 'ann'))
  const first = await mine.open(Session, 's1')
  const isOver = firstValueFrom(first.changes$.pipe(last()))
  await first.update(draft => void draft.hits++)
  expect(first.value).toMatchObject({ user: 'ann', hits: 1 })
  await (await other.open(Session, 's1')).end()
  expect(await isOver).toMatchObject({ type: 'ended' })
  const next = await mine.open(Session, 's1')
  expect(next.value).toMatchObject({ hits: 0 })
  const isKnown = firstValueFrom(next.value$.pipe(filter(({ user }) => user === 'ben')))
  await (await other.open(Session, 's1')).update(draft => void (draft.user = 'ben'))
  expect(await isKnown).toMatchObject({ hits: 0 })
  await next.update(draft => void draft.hits++)
  expect(next.value).toMatchObject({ user: 'ben', hits: 1 })
  await expect(mine.close()).rejects.toBeInstanceOf(LostCommitsError)
  expect((await other.open(Session, 's1')).value).toMatchObject({ user: 'ben', hits: 1 })
})

test.each([
  { others: 'have only looked', writes: false },
  { others: 'have written', writes: true },
])(
  "backup 'behind' shows a handle what it wrote before anything was stored, also when others $others in a life before",
  async ({ writes }) => {
    const shared = { ...counted().store, close: () => Promise.resolve() }
    const clock = { ...systemClock, sleep: () => new Promise<void>(() => {}) }
    const mine = await openScopes({ application: 'shop', store: shared, cluster: false, backup: 'behind', clock })
    const other = await openScopes({ application: 'shop', store: shared })
    const early = await mine.open(Session, 's1')
    const watcher = await mine.open(Session, 's1')
    await early.update(draft => void draft.hits++)
    const told = new ReplaySubject<string>()
    watcher.changes$.subscribe(({ type }) => told.next(type))
    const isTold = (type: string): Promise<string> => firstValueFrom(told.pipe(filter(one => one === type)))
    await (await other.open(Session, 's1')).update(draft => void (draft.user = 'ann'))
    await isTold('created')
    expect(watcher.value.hits).toBe(1)
    if (writes) await watcher.update(draft => void (draft.notes['other'] = 'life'))
    await (await other.open(Session, 's1')).end()
    await isTold('ended')
    const next = await mine.open(Session, 's1')
    const isCreated = firstValueFrom(next.changes$.pipe(filter(({ type }) => type === 'created')))
    await (await other.open(Session, 's1')).update(draft => void (draft.user = 'ben'))
    await isCreated
    expect(early.value).toMatchObject({ hits: 1, notes: {} })
    if (writes) await expect(mine.close()).rejects.toBeInstanceOf(LostCommitsError)
    else await mine.close()
    expect((await other.open(Session, 's1')).value).toMatchObject({ user: 'ben', hits: 1, notes: {} })
  },
)
