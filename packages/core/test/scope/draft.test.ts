import { expect, test } from 'vitest'
import { ScopeEndedError, type ScopeConflict, defineScope, memoryStore } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

test('a draft that nobody raced is one commit', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.cart.push({ sku: 'a', quantity: 1 })
  expect(session.value.cart).toEqual([])
  expect(work.current.cart).toEqual([{ sku: 'a', quantity: 1 }])
  expect(await work.commit()).toMatchObject({ version: 1, merged: false })
  expect(session.value.cart).toEqual([{ sku: 'a', quantity: 1 }])
  expect(counts.insert + counts.append).toBe(1)
})

test('a draft without changes writes nothing', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const work = (await scopes.open(Session, 's1')).draft()
  expect(work.value.hits).toBe(0)
  expect(work.finish()).toBe(false)
  expect(await work.commit()).toMatchObject({ version: 0, commitId: undefined })
  expect(counts.insert).toBe(0)
})

test('two drafts of one base both keep what they did, to the depth of a single field', async () => {
  const [one, two] = await processes(2)
  const seed = await one.open(Session, 's1')
  await seed.update(draft => {
    draft.cart = [
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: 1 },
    ]
    draft.notes = { x: '1', y: '1' }
  })
  const mine = (await one.open(Session, 's1')).draft()
  const other = await two?.open(Session, 's1')
  const theirs = other?.draft()
  if (theirs === undefined || other === undefined) throw new Error('There are two processes.')
  mine.value.notes['x'] = '2'
  const first = mine.value.cart[0]
  if (first) first.quantity = 5
  theirs.value.notes['y'] = '2'
  theirs.value.cart.push({ sku: 'c', quantity: 1 })
  await theirs.commit()
  expect(await mine.commit()).toMatchObject({ version: 3, merged: true, attempts: 2 })
  const after = await two?.open(Session, 's1')
  expect(after?.value.notes).toEqual({ x: '2', y: '2' })
  expect(after?.value.cart).toEqual([
    { sku: 'a', quantity: 5 },
    { sku: 'b', quantity: 1 },
    { sku: 'c', quantity: 1 },
  ])
})

test('history tells a merged draft by where it began; a recipe that ran again began on the version before its own', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void draft.hits++)
  const theirs = await two?.open(Session, 's1')
  const work = mine.draft()
  work.value.notes['x'] = 'draft'
  for (let count = 0; count < 2; count++) await theirs?.update(draft => void draft.hits++)
  // Sent together, after a race that was lost.
  const sent = await Promise.all([mine.update(draft => void draft.hits++), work.commit()])
  expect(sent).toMatchObject([
    { attempts: 2, merged: false },
    { attempts: 2, merged: true },
  ])
  expect(mine.history().map(({ version, baseVersion }) => [version, baseVersion])).toEqual([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
  ])
})

test('overlapping changes go to the last writer and are announced once the commit is stored', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void (draft.user = 'nobody'))
  const conflicts: ScopeConflict[] = []
  one.conflicts$.subscribe(conflict => conflicts.push(conflict))
  const mine = session.draft()
  mine.value.user = 'me'
  const other = await two?.open(Session, 's1')
  await other?.update(draft => void (draft.user = 'them'))
  expect(conflicts).toEqual([])
  const committed = await mine.commit()
  expect(conflicts).toMatchObject([
    {
      key: { application: 'shop', kind: 'session', id: 's1' },
      path: ['user'],
      kind: 'write/write',
      base: 'nobody',
      ours: 'me',
      theirs: 'them',
      policy: 'lastWriter',
      result: 'me',
      version: 3,
      commitId: committed.commitId,
    },
  ])
})

test('a draft whose history was compacted away is merged by comparison with its base', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void (draft.notes = { mine: '1', theirs: '1' }))
  const mine = session.draft()
  mine.value.notes['mine'] = '2'
  const other = await two?.open(Session, 's1')
  for (let round = 0; round < 150; round++)
    await other?.update(draft => void (draft.notes['theirs'] = `${round}`.repeat(30)))
  expect(await mine.commit()).toMatchObject({ version: 152, merged: true })
  expect(session.value.notes).toEqual({ mine: '2', theirs: '149'.repeat(30) })
})

test("onConflict 'fail' refuses a draft whose base has moved, and names the scope", async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const mine = session.draft()
  mine.value.user = 'me'
  await (await two?.open(Session, 's1'))?.update(draft => void draft.hits++)
  const failing = mine.commit({ onConflict: 'fail' })
  await expect(failing).rejects.toMatchObject({ code: 'conflict', outcome: 'none', attempts: 0 })
  await expect(failing).rejects.toThrow('session:shop:s1')
})

test('a draft that failed to commit is still there and may be committed again', async () => {
  const watched = counted()
  const [scopes] = await processes(1, { store: watched.store, commitTimeoutMs: 30 })
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.hits = 7
  watched.before = operation => {
    if (operation !== 'load') throw new RangeError('the disk is on fire')
  }
  await expect(work.commit()).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  watched.before = () => {}
  expect(await work.commit()).toMatchObject({ version: 1 })
  expect(session.value.hits).toBe(7)
})

test('a draft that is committed again while it is being written is written once', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const work = session.draft()
  work.value.cart.push({ sku: 'a', quantity: 1 })
  const [first, second] = await Promise.all([work.commit(), work.commit()])
  expect(second).toEqual(first)
  expect(session.value.cart).toHaveLength(1)
})

test('after a commit the draft goes on from the committed value', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.hits = 1
  await work.commit()
  work.value.hits++
  expect(await work.commit()).toMatchObject({ version: 2, merged: false })
  expect(session.value.hits).toBe(2)
})

test('current shows what a commit would give after the scope has moved on', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.user = 'me'
  await session.update(draft => void draft.hits++)
  expect(work.current).toEqual({ hits: 1, cart: [], notes: {}, user: 'me' })
  await work.commit()
  expect(session.value).toEqual({ hits: 1, cart: [], notes: {}, user: 'me' })
})

test('a value that cannot be stored is refused at finish with its path', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.notes['when'] = Symbol('now') as unknown as string
  expect(() => work.finish()).toThrow(expect.objectContaining({ code: 'invalid-state', path: ['notes', 'when'] }))
  await expect(work.commit()).rejects.toMatchObject({ code: 'invalid-state', path: ['notes', 'when'] })
})

test('a draft of an ended scope is refused, never written to another life', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const work = session.draft()
  work.value.hits = 100
  const other = await two?.open(Session, 's1')
  await other?.end('logout')
  const reborn = await two?.open(Session, 's1')
  await reborn?.update(draft => void (draft.user = 'new'))
  await expect(work.commit()).rejects.toBeInstanceOf(ScopeEndedError)
  expect((await one.open(Session, 's1')).value).toMatchObject({ hits: 0, user: 'new' })
})

test('a login that a later commit went on to edit is not mixed with edits of the user before', async () => {
  const User = defineScope({
    kind: 'user',
    initial: (): { user: { id: number; role?: string; seen?: number } } => ({ user: { id: 1 } }),
  })
  for (const isShared of [true, false]) {
    const store = memoryStore()
    const [one, two] = await processes(2, { store })
    const mine = await one.open(User, 'u')
    await mine.update(draft => void (draft.user.seen = 1))
    const work = mine.draft()
    work.value.user.role = 'admin'
    const other = await (isShared ? one : two)?.open(User, 'u')
    await other?.update(draft => void (draft.user = { id: 2 }))
    await other?.update(draft => void (draft.user.seen = 5))
    await work.commit()
    expect(mine.value).toEqual({ user: { id: 2, seen: 5 } })
  }
})
