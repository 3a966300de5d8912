import { expect, test } from 'vitest'
import {
  ConflictError,
  InvalidArgumentError,
  InvalidStateError,
  ScopeTooLargeError,
  StoreUnavailableError,
  defineScope,
  memoryStore,
} from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

test('reading never writes, and nothing is stored before the first change', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  expect(session.value).toEqual({ hits: 0, cart: [], notes: {} })
  expect(session.version).toBe(0)
  expect(session.isStored).toBe(false)
  await session.update(draft => {
    draft.hits += 0
  })
  expect(counts).toMatchObject({ load: 1, insert: 0, append: 0, replace: 0 })
})

test('a change is one insert, the next one append, and each is known to another process', async () => {
  const { store, counts } = counted()
  const [one, two] = await processes(2, { store })
  const session = await one.open(Session, 's1')
  expect(await session.update(draft => void draft.hits++)).toMatchObject({ version: 1, attempts: 1, merged: false })
  expect(await session.update(draft => void draft.hits++)).toMatchObject({ version: 2 })
  expect(counts).toMatchObject({ load: 1, insert: 1, append: 1, replace: 0 })
  const other = await two?.open(Session, 's1')
  expect(other?.value.hits).toBe(2)
  expect(other?.version).toBe(2)
})

test('800 increments by 8 clients over 2 processes lose nothing', async () => {
  const scopes = await processes(2)
  const client = async (index: number): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      const session = await scopes[index % 2]?.open(Session, 's1')
      await session?.update(draft => void draft.hits++)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, index) => client(index)))
  const session = await scopes[0].open(Session, 's1')
  expect(session.value.hits).toBe(800)
  expect(session.version).toBe(800)
})

test('writes that wait are sent together, each with its own version, in the order of the calls', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      session.update(draft => void (draft.notes[`n${index}`] = `${Object.keys(draft.notes).length}`)),
    ),
  )
  expect(results.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  expect(Object.entries(session.value.notes)).toEqual(
    Array.from({ length: 20 }, (_, index) => [`n${index}`, `${index}`]),
  )
  expect(counts.insert + counts.append + counts.replace).toBeLessThanOrEqual(2)
})

test('a bad member of a group is told alone; the others are written', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const results = await Promise.allSettled([
    session.update(draft => void draft.hits++),
    session.update(draft => void (draft.notes['bad'] = (() => 1) as unknown as string)),
    session.update(() => {
      throw new RangeError('no')
    }),
    session.update(draft => void draft.hits++),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: { code: 'invalid-state', path: ['notes', 'bad'], outcome: 'none' } })
  expect(results[2]).toMatchObject({ reason: { name: 'RangeError' } })
  expect(session.value).toMatchObject({ hits: 2, notes: {} })
  expect(session.version).toBe(2)
})

test('after a conflict the order of the calls is kept, also of a recipe that had nothing to change at first', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void draft.hits++)
  const theirs = await two?.open(Session, 's1')
  await theirs?.update(draft => void (draft.user = 'u'))
  await Promise.all([
    mine.update(draft => {
      if (draft.user) draft.notes['last'] = 'first call'
    }),
    mine.update(draft => void (draft.notes['last'] = 'second call')),
  ])
  expect(mine.value.notes['last']).toBe('second call')
})

test('after a conflict the recipe runs again on the winner’s state', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void (draft.hits = 1))
  const theirs = await two?.open(Session, 's1')
  await theirs?.update(draft => void (draft.hits = 10))
  const seen: number[] = []
  const committed = await mine.update(draft => {
    seen.push(draft.hits)
    draft.hits++
  })
  expect(seen).toEqual([1, 10])
  expect(committed).toMatchObject({ version: 3, attempts: 2 })
  expect(mine.value.hits).toBe(11)
})

test("onConflict 'fail' and a recipe that never ends its retries reject with ConflictError, and nothing is written", async () => {
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store })
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void (draft.hits = 1))
  const theirs = await two?.open(Session, 's1')
  let isBusy = false
  watched.before = async operation => {
    if (operation !== 'append' || isBusy) return
    isBusy = true
    await theirs?.update(draft => void draft.hits++)
    isBusy = false
  }
  const failing = mine.update(draft => void (draft.user = 'me'), { onConflict: 'fail' })
  await expect(failing).rejects.toMatchObject({ code: 'conflict', outcome: 'none' })
  const retrying = mine.update(draft => void (draft.user = 'me'), { attempts: 4 })
  await expect(retrying).rejects.toBeInstanceOf(ConflictError)
  await expect(retrying).rejects.toMatchObject({ attempts: 4 })
  watched.before = () => {}
  const after = await one.open(Session, 's1')
  expect(after.value.user).toBeUndefined()
})

test('a write that others fenced has outcome none, whatever the store said of its tries and loads', async () => {
  const inner = memoryStore()
  const watched = counted(inner)
  const [one] = await processes(1, { store: watched.store, commitTimeoutMs: 30 })
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void (draft.hits = 1))
  const [two] = await processes(1, { store: inner })
  const theirs = await two.open(Session, 's1')
  const unknown = new StoreUnavailableError('no answer', { outcome: 'unknown' })
  watched.before = async operation => {
    if (operation === 'load') return
    await theirs.update(draft => void draft.hits++)
    throw unknown
  }
  await expect(mine.update(draft => void (draft.user = 'me'))).rejects.toMatchObject({ outcome: 'none' })
  watched.before = async operation => {
    if (operation === 'load') throw unknown
    await theirs.update(draft => void draft.hits++)
  }
  await expect(mine.update(draft => void (draft.user = 'me'))).rejects.toMatchObject({ outcome: 'none' })
  expect((await two.open(Session, 's1')).value.user).toBeUndefined()
})

test('a recipe that throws writes nothing', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  const failing = session.update(draft => {
    draft.hits = 5
    throw new RangeError('no')
  })
  await expect(failing).rejects.toBeInstanceOf(RangeError)
  expect(session.value.hits).toBe(0)
  expect(counts.insert).toBe(0)
})

test('a recipe that returns a promise is refused, and nothing is written', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  const failing = session.update(async draft => {
    await Promise.resolve()
    draft.hits = 5
  })
  await expect(failing).rejects.toBeInstanceOf(InvalidArgumentError)
  expect(counts.insert).toBe(0)
})

test('a recipe that writes to its own scope is refused, and nothing is written', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const failing = session.update(draft => {
    draft.hits = 5
    void session.update(inner => void (inner.hits = 6))
  })
  await expect(failing).rejects.toBeInstanceOf(InvalidArgumentError)
  expect(session.value.hits).toBe(0)
})

test('an aborted update that was not sent is not written', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  const failing = session.update(draft => void draft.hits++, { signal: AbortSignal.abort() })
  await expect(failing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  expect(counts.insert).toBe(0)
})

test('a state over its limit is refused with its biggest paths, and stays as it was', async () => {
  const Small = defineScope({
    kind: 'small',
    initial: (): { texts: Record<string, string> } => ({ texts: {} }),
    limits: { bytes: 2000 },
  })
  const [scopes] = await processes(1)
  const scope = await scopes.open(Small, 's1')
  await scope.update(draft => void (draft.texts['a'] = 'x'.repeat(1200)))
  const failing = scope.update(draft => void (draft.texts['b'] = 'y'.repeat(1000)))
  await expect(failing).rejects.toBeInstanceOf(ScopeTooLargeError)
  await expect(failing).rejects.toMatchObject({ outcome: 'none', status: 413, limit: 2000 })
  expect(Object.keys(scope.value.texts)).toEqual(['a'])
  await scope.update(draft => void (draft.texts['a'] = 'z'))
  await scope.update(draft => void (draft.texts['b'] = 'y'.repeat(1000)))
  expect(scope.version).toBe(3)
})

test('many small changes near the limit are not mistaken for a large state', async () => {
  const Small = defineScope({ kind: 'small', initial: () => ({ n: 0, text: '' }), limits: { bytes: 300 } })
  const [scopes] = await processes(1)
  const scope = await scopes.open(Small, 's1')
  for (let round = 1; round <= 50; round++) await scope.update(draft => void (draft.n = round))
  expect(scope.value.n).toBe(50)
})

test('nesting over 200 levels is refused', async () => {
  const Deep = defineScope({ kind: 'deep', initial: (): { v?: unknown } => ({}) })
  const [scopes] = await processes(1)
  const scope = await scopes.open(Deep, 's1')
  let value: unknown = 1
  for (let level = 0; level < 201; level++) value = { k: value }
  await expect(scope.update(draft => void (draft.v = value))).rejects.toBeInstanceOf(InvalidStateError)
  expect(scope.isStored).toBe(false)
})

test('one field of an 8 KB session is an append of fewer than 300 bytes', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => {
    draft.cart = Array.from({ length: 100 }, (_, index) => ({ sku: `sku-${index}-${'x'.repeat(60)}`, quantity: index }))
  })
  await session.update(draft => {
    const item = draft.cart[50]
    if (item) item.quantity++
  })
  expect(counts.append).toBe(1)
  expect(counts.appended).toBeLessThan(300)
})

test('a store that never answers is given up within the time limit, outcome unknown, and the queue goes on', async () => {
  const watched = counted()
  const [scopes] = await processes(1, { store: watched.store, commitTimeoutMs: 30 })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  watched.before = () => new Promise(() => {})
  const hanging = session.update(draft => void draft.hits++)
  await expect(hanging).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  await expect(scopes.open(Session, 's1')).rejects.toMatchObject({ code: 'store-unavailable' })
  watched.before = () => {}
  expect(await session.update(draft => void draft.hits++)).toMatchObject({ version: 2 })
})

test('an update that is merged began at a version that was stored, also when it was sent behind others', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void draft.hits++)
  const theirs = await two?.open(Session, 's1')
  await theirs?.update(draft => void (draft.notes['theirs'] = 'x'))
  const first = mine.update(draft => void draft.hits++)
  const second = mine.update(draft => void (draft.notes['mine'] = 'y'), { onConflict: 'merge' })
  expect(await Promise.all([first, second])).toMatchObject([{ merged: false }, { merged: true, attempts: 2 }])
  expect(mine.value).toMatchObject({ hits: 2, notes: { theirs: 'x', mine: 'y' } })
  expect(mine.history().map(({ version, baseVersion }) => [version, baseVersion])).toEqual([
    [2, 1],
    [3, 2],
    [4, 1],
  ])
})
