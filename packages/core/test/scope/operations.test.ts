import { firstValueFrom, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import {
  InvalidArgumentError,
  InvalidStateError,
  type ScopeConflict,
  addToSet,
  append,
  defineScope,
  inc,
  openScopes,
} from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

interface ShopState {
  hits: number
  log: string[]
  tags: Set<string>
  cart: { sku: string; quantity: number }[]
}

const Shop = defineScope({
  kind: 'session',
  initial: (): ShopState => ({ hits: 0, log: [], tags: new Set(), cart: [] }),
})

test('two drafts that count with inc make two, where two plain edits make one', async () => {
  const [one, two] = await processes(2)
  const [mine, theirs] = await Promise.all([one.open(Shop, 's1'), two?.open(Shop, 's1')])
  if (theirs === undefined) throw new Error('there are two processes')
  await mine.update(draft => void (draft.cart = [{ sku: 'A', quantity: 1 }]))
  await (await two?.open(Shop, 's1'))?.update(draft => append(draft, 'log', 'warm'))
  await one.open(Shop, 's1')
  const drafts = [mine.draft(), theirs.draft()]
  for (const draft of drafts) {
    inc(draft.value, 'hits', 1)
    inc(draft.value, ['cart', { sku: 'A' }, 'quantity'], 2)
    append(draft.value, 'log', 'seen')
    addToSet(draft.value, 'tags', 'x')
  }
  for (const draft of drafts) await draft.commit()
  const after = await one.open(Shop, 's1')
  expect(after.value).toEqual({
    hits: 2,
    log: ['warm', 'seen', 'seen'],
    tags: new Set(['x']),
    cart: [{ sku: 'A', quantity: 5 }],
  })

  const plain = [mine.draft(), (await two?.open(Shop, 's1'))?.draft()]
  for (const draft of plain) if (draft) draft.value.hits++
  for (const draft of plain) await draft?.commit()
  expect((await one.open(Shop, 's1')).value.hits).toBe(3)
})

for (const onConflict of ['rerun', 'merge'] as const) {
  test(`of 200 updates by inc with onConflict '${onConflict}' from four processes none is lost and none counts twice`, async () => {
    const scopes = await processes(4)
    const client = async (index: number): Promise<void> => {
      const session = await scopes[index % 4]?.open(Shop, 's1')
      for (let round = 0; round < 25; round++) {
        await session?.update(
          draft => {
            inc(draft, 'hits', 1)
            append(draft, 'log', `${index}.${round}`)
          },
          { onConflict, attempts: 100 },
        )
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, index) => client(index)))
    const { value, version } = await scopes[0].open(Shop, 's1')
    expect(value.hits).toBe(200)
    expect(new Set(value.log).size).toBe(200)
    expect(value.log).toHaveLength(200)
    expect(version).toBe(200)
  })
}

test('several drafts of one handle that are written together each count', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const session = await scopes.open(Shop, 's1')
  await session.update(draft => append(draft, 'log', 'first'))
  const drafts = Array.from({ length: 5 }, () => session.draft())
  for (const draft of drafts) {
    inc(draft.value, 'hits', 1)
    append(draft.value, 'log', 'more')
  }
  const committed = await Promise.all(drafts.map(draft => draft.commit()))
  expect(committed.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6])
  expect(counts.append).toBe(1)
  expect(session.value).toMatchObject({ hits: 5, log: ['first', 'more', 'more', 'more', 'more', 'more'] })
  const names = session.history().map(({ ops }) => ops.map(({ name }) => name))
  expect(names).toEqual(Array.from({ length: 5 }, () => ['inc', 'append']))
})

test('a draft that loses twice does its ops once to what is there in the end', async () => {
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store })
  const mine = await one.open(Shop, 's1')
  await mine.update(draft => inc(draft, 'hits', 1))
  const theirs = await two?.open(Shop, 's1')
  const work = mine.draft()
  inc(work.value, 'hits', 10)
  let races = 0
  watched.before = async operation => {
    if (operation !== 'append' || races >= 2) return
    const { before } = watched
    watched.before = () => {}
    races++
    await theirs?.update(draft => void (draft.hits = 100 * races))
    watched.before = before
  }
  expect(await work.commit()).toMatchObject({ merged: true, attempts: 3 })
  expect(mine.value.hits).toBe(210)
})

test("with backup 'behind' the ops are done to what the store turns out to hold", async () => {
  const shared = { ...counted().store, close: () => Promise.resolve() }
  const behind = await openScopes({ application: 'shop', store: shared, cluster: false, backup: 'behind' })
  const [other] = await processes(1, { store: shared })
  const theirs = await other.open(Shop, 's1')
  await theirs.update(draft => inc(draft, 'hits', 1))
  const mine = await behind.open(Shop, 's1')
  await theirs.update(draft => void (draft.hits = 100))
  for (let round = 0; round < 3; round++) {
    const work = mine.draft()
    inc(work.value, 'hits', 1)
    append(work.value, 'log', `${round}`)
    await work.commit()
    expect(mine.value.hits).toBe(2 + round)
  }
  await mine.update(draft => inc(draft, 'hits', 10), { onConflict: 'merge' })
  await behind.close()
  const after = await other.open(Shop, 's1')
  expect(after.value).toMatchObject({ hits: 113, log: ['0', '1', '2'] })
  expect(after.version).toBe(6)
})

test('what was meant is in history and changes, wherever they are read', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Shop, 's1')
  const told = firstValueFrom(mine.changes$.pipe(take(3), toArray()))
  await mine.update(draft => inc(draft, 'hits', 1))
  await mine.update(draft => {
    inc(draft, 'hits', 2)
    draft.log.push('plain')
  })
  const work = mine.draft()
  append(work.value, 'cart', { sku: 'A', quantity: 1 })
  await (await two?.open(Shop, 's1'))?.update(draft => append(draft, 'cart', { sku: 'B', quantity: 1 }))
  await work.commit()
  const expected = [
    [{ name: 'inc', path: ['hits'], args: [2] }],
    [{ name: 'append', path: ['cart'], args: [{ sku: 'B', quantity: 1 }] }],
    [{ name: 'append', path: ['cart'], args: [{ sku: 'A', quantity: 1 }] }],
  ]
  const elsewhere = await two?.open(Shop, 's1')
  expect(mine.history().map(({ ops }) => ops)).toEqual(expected)
  expect(elsewhere?.history().map(({ ops }) => ops)).toEqual(expected)
  // The first commit made the snapshot, which has no frame.
  expect((await told).map(change => 'ops' in change && change.ops)).toEqual([[], ...expected.slice(0, 2)])
})

test('an op that did not find its place is told on conflicts$ once it is stored, with what it came to', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Shop, 's1')
  await mine.update(draft => void (draft.cart = [{ sku: 'A', quantity: 1 }]))
  const conflicts: ScopeConflict[] = []
  one.conflicts$.subscribe(conflict => conflicts.push(conflict))
  const work = mine.draft()
  inc(work.value, ['cart', { sku: 'A' }, 'quantity'], 1)
  inc(work.value, 'hits', 1)
  await (await two?.open(Shop, 's1'))?.update(draft => void draft.cart.pop())
  const { version, commitId } = await work.commit()
  expect(mine.value).toMatchObject({ hits: 1, cart: [] })
  expect(conflicts).toMatchObject([
    { version, commitId, path: ['cart', 0, 'quantity'], kind: 'op', policy: 'inc', base: 1, ours: 2, lost: 'ours' },
  ])
})

test('current shows what the ops would come to after the scope has moved on', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Shop, 's1')
  const work = session.draft()
  inc(work.value, 'hits', 1)
  await session.update(draft => void (draft.hits = 10))
  expect(work.current.hits).toBe(11)
  inc(work.value, 'hits', 1)
  expect(work.current.hits).toBe(12)
  await work.commit()
  expect(session.value.hits).toBe(12)
  inc(work.value, 'hits', 1)
  await work.commit()
  expect(session.value.hits).toBe(13)
})

test('an op that is refused leaves the recipe or draft usable, and one on a finished draft is refused', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Shop, 's1')
  await session.update(draft => {
    expect(() => inc(draft, ['log', 'length'] as string[], 1)).toThrow(InvalidArgumentError)
    expect(() => inc(draft as unknown as Record<string, unknown>, 'tags', 1)).toThrow(InvalidStateError)
    inc(draft, 'hits', 1)
  })
  expect(session.value).toEqual({ hits: 1, log: [], tags: new Set(), cart: [] })
  const work = session.draft()
  const { value } = work
  work.finish()
  expect(() => inc(value, 'hits', 1)).toThrow(InvalidArgumentError)
  await expect(session.update(draft => inc(draft, 'hits', NaN))).rejects.toBeInstanceOf(InvalidArgumentError)
  expect(session.value.hits).toBe(1)
})
