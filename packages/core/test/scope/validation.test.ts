import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { InvalidStateError, defineScope, memoryStore } from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

const Basket = defineScope({
  kind: 'basket',
  initial: () => ({ hits: 0, cart: [] as { sku: string; quantity: number }[], owner: undefined as string | undefined }),
  schema: z.object({
    hits: z.number().max(5),
    cart: z.array(z.object({ sku: z.string().min(1), quantity: z.number().int().min(1) })).max(3),
    owner: z.string().optional(),
  }),
})

test('a state that is not as the schema says is not written, and every issue is named with its path', async () => {
  const { store, counts } = counted()
  const [scopes] = await processes(1, { store })
  const basket = await scopes.open(Basket, 'b')
  const writing = basket.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }, { sku: '', quantity: 0.5 }))
  await expect(writing).rejects.toBeInstanceOf(InvalidStateError)
  await expect(writing).rejects.toMatchObject({
    code: 'invalid-state',
    outcome: 'none',
    path: ['cart', 1, 'sku'],
    issues: [{ path: ['cart', 1, 'sku'] }, { path: ['cart', 1, 'quantity'] }],
  })
  expect(counts).toMatchObject({ insert: 0, append: 0, replace: 0 })
  expect(basket.isStored).toBe(false)
  await basket.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
  expect(basket.value.cart).toEqual([{ sku: 'a', quantity: 1 }])
})

test('a draft that was refused so keeps what it recorded, for when others have made room for it', async () => {
  const [scopes] = await processes(1)
  const basket = await scopes.open(Basket, 'b')
  await basket.update(draft => void draft.cart.push(...['a', 'b', 'c'].map(sku => ({ sku, quantity: 1 }))))
  const work = basket.draft()
  work.value.cart.push({ sku: 'd', quantity: 1 })
  await expect(work.commit()).rejects.toMatchObject({ code: 'invalid-state', path: ['cart'] })
  await basket.update(draft => void draft.cart.shift())
  expect(await work.commit()).toMatchObject({ merged: true })
  expect(basket.value.cart.map(({ sku }) => sku)).toEqual(['b', 'c', 'd'])
})

test('the initial value is checked with the first commit, not before', async () => {
  const [scopes] = await processes(1)
  const Owned = defineScope({
    kind: 'owned',
    initial: (): { owner?: string; hits: number } => ({ hits: 0 }),
    schema: z.object({ owner: z.string(), hits: z.number() }),
  })
  const owned = await scopes.open(Owned, 'o')
  expect(owned.value).toEqual({ hits: 0 })
  await expect(owned.update(draft => void draft.hits++)).rejects.toMatchObject({
    code: 'invalid-state',
    path: ['owner'],
  })
  await owned.update(draft => void (draft.owner = 'me'))
  await owned.update(draft => void draft.hits++)
  expect(owned.value).toEqual({ owner: 'me', hits: 1 })
})

test('a commit that changes nothing, and reading, check nothing', async () => {
  let checks = 0
  const Watched = defineScope({
    kind: 'watched',
    initial: () => ({ n: 0 }),
    schema: z.object({ n: z.number() }).refine(() => ++checks > 0),
  })
  const [one, two] = await processes(2)
  const watched = await one.open(Watched, 'w')
  await watched.update(draft => void draft.n++)
  expect(checks).toBe(1)
  await watched.update(draft => void (draft.n = 1))
  expect((await two?.open(Watched, 'w'))?.value.n).toBe(1)
  expect(checks).toBe(1)
})

describe('what is checked is what would be stored', () => {
  test('after a merge of two drafts that are valid each', async () => {
    const [one, two] = await processes(2)
    const basket = await one.open(Basket, 'b')
    await basket.update(draft => void draft.cart.push({ sku: 'a', quantity: 1 }))
    const mine = basket.draft()
    mine.value.cart.push({ sku: 'b', quantity: 1 }, { sku: 'c', quantity: 1 })
    const other = await two?.open(Basket, 'b')
    await other?.update(draft => void draft.cart.push({ sku: 'd', quantity: 1 }))
    await expect(mine.commit()).rejects.toMatchObject({ code: 'invalid-state', path: ['cart'], outcome: 'none' })
    expect((await two?.open(Basket, 'b'))?.version).toBe(2)
  })

  test('after a recipe ran again on the state of the winner', async () => {
    const store = memoryStore()
    const [one, two] = await processes(2, { store })
    const mine = await one.open(Basket, 'b')
    await mine.update(draft => void (draft.hits = 4))
    await (await two?.open(Basket, 'b'))?.update(draft => void draft.hits++)
    const before = await store.load('basket:shop:b')
    // Here it is 4 still, and 5 would be valid.
    await expect(mine.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'invalid-state' })
    expect(await store.load('basket:shop:b')).toEqual(before)
  })

  test('for each commit of a group by itself: the others go on', async () => {
    const { store, counts } = counted()
    const [scopes] = await processes(1, { store })
    const basket = await scopes.open(Basket, 'b')
    await basket.update(draft => void draft.hits++)
    const results = await Promise.allSettled([1, 7, 2].map(step => basket.update(draft => void (draft.hits += step))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(basket.value.hits).toBe(4)
    expect(counts.append).toBe(1)
  })
})

test('with backup behind the caller is told at once, and what was valid is stored', async () => {
  const store = memoryStore()
  const [scopes] = await processes(1, { store, cluster: false, backup: 'behind' })
  const basket = await scopes.open(Basket, 'b')
  await basket.update(draft => void draft.hits++)
  await expect(basket.update(draft => void (draft.hits += 5))).rejects.toMatchObject({ code: 'invalid-state' })
  expect(basket.value.hits).toBe(1)
  await scopes.close()
  await store.open()
  const [reader] = await processes(1, { store })
  expect(await reader.open(Basket, 'b')).toMatchObject({ version: 1, value: { hits: 1 } })
})

test('the value of the writer is what is stored: a schema that would set a default is refused', async () => {
  const [scopes] = await processes(1)
  const Defaulting = defineScope({
    kind: 'defaulting',
    initial: (): { n: number; mode?: string } => ({ n: 0 }),
    schema: z.object({ n: z.number(), mode: z.string().default('dark') }),
  })
  const scope = await scopes.open(Defaulting, 'd')
  await expect(scope.update(draft => void draft.n++)).rejects.toMatchObject({ code: 'invalid-state', path: ['mode'] })
})

test('a schema that answers later is refused at the commit', async () => {
  const [scopes] = await processes(1)
  const Later = defineScope({
    kind: 'later',
    initial: () => ({ n: 0 }),
    schema: z.object({ n: z.number() }).refine(() => Promise.resolve(true)),
  })
  const scope = await scopes.open(Later, 'l')
  await expect(scope.update(draft => void draft.n++)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(scope.isStored).toBe(false)
})

test('a document is checked in the shape of the process, whatever is written', async () => {
  const store = memoryStore()
  const New = defineScope({
    kind: 'shaped',
    initial: () => ({ count: 0 }),
    version: 2,
    upcast: { 1: ({ n }: { readonly n: number }) => ({ count: n }) },
    downcast: { 1: ({ count }: { readonly count: number }) => ({ n: count }) },
    schema: z.strictObject({ count: z.number().max(2) }),
  })
  const [scopes] = await processes(1, { store })
  const scope = await scopes.open(New, 's')
  await scope.update(draft => void (draft.count = 2))
  await expect(scope.update(draft => void draft.count++)).rejects.toMatchObject({ path: ['count'] })
  expect(scope.value).toEqual({ count: 2 })
})

test('a value is checked as everybody will read it, not as the draft has it', async () => {
  const New = defineScope({
    kind: 'labelled',
    initial: () => ({ count: 0, label: 'new' }),
    version: 2,
    upcast: { 1: ({ count }: { readonly count: number }) => ({ count, label: '' }) },
    downcast: { 1: ({ count }: { readonly count: number }) => ({ count }) },
    schema: z.object({ count: z.number(), label: z.string().min(1) }),
  })
  const store = memoryStore()
  const [direct] = await processes(1, { store })
  const [behind] = await processes(1, { store, cluster: false, backup: 'behind' })
  for (const scopes of [direct, behind]) {
    const scope = await scopes.open(New, 's')
    const writing = scope.update(draft => void draft.count++)
    await expect(writing).rejects.toMatchObject({ code: 'invalid-state', path: ['label'] })
  }
  expect(await store.load('labelled:shop:s')).toBeUndefined()
})
