import { expect, test } from 'vitest'
import { type RotateOptions, type StandardSchema, defineScope, memoryStore, openScopes } from '../../src/index.ts'
import { StoreUnavailableError } from '../../src/index.ts'
import { counted, processes } from './fixture.ts'

interface VisitState {
  user?: string | undefined
  cart: { sku: string }[]
  csrf: string
  seen: Map<string, number>
}

const Visit = defineScope({
  kind: 'visit',
  initial: (): VisitState => ({ cart: [], csrf: 'fresh', seen: new Map() }),
})

const full = (draft: VisitState): void => {
  draft.user = 'u'
  draft.cart.push({ sku: 'A' })
  draft.csrf = 'old'
  draft.seen.set('page', 3)
}

test('keep: only the named properties go to the new id, the others begin as initial() says', async () => {
  const [one, two] = await processes(2)
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  const next = await visit.rotate({ keep: ['cart', 'seen'] })
  const expected = { cart: [{ sku: 'A' }], csrf: 'fresh', seen: new Map([['page', 3]]) }
  expect(next.value).toEqual(expected)
  expect((await two?.open(Visit, next.id))?.value).toEqual(expected)
})

test('drop: all but the named properties go to the new id', async () => {
  const [one] = await processes(1)
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  const next = await visit.rotate({ drop: ['csrf', 'user'] })
  expect(next.value).toEqual({ cart: [{ sku: 'A' }], csrf: 'fresh', seen: new Map([['page', 3]]) })
  expect(Object.hasOwn(next.value, 'user')).toBe(false)
})

test('a property that was deleted is not brought back by keeping it; an empty list to keep keeps nothing, one to drop all', async () => {
  const [one] = await processes(1)
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  const all = await visit.rotate({ drop: [] })
  expect(all.value).toMatchObject({ user: 'u', csrf: 'old' })
  await all.update(draft => void delete (draft as Partial<VisitState>).csrf)
  const kept = await all.rotate({ keep: ['csrf', 'user'] })
  expect(kept.value).toEqual({ user: 'u', cart: [], seen: new Map() })
  expect((await kept.rotate({ keep: [] })).value).toEqual({ cart: [], csrf: 'fresh', seen: new Map() })
})

test('the end marker of the old id keeps the whole final state', async () => {
  const store = memoryStore()
  const [one, two] = await processes(2, { store })
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  const ended: unknown[] = []
  const changes = two?.feed({ kinds: ['visit'] })
  await visit.rotate({ keep: [] })
  for await (const change of changes ?? []) {
    if (change.type !== 'ended') continue
    ended.push(change.value)
    break
  }
  expect(ended).toEqual([{ user: 'u', cart: [{ sku: 'A' }], csrf: 'old', seen: new Map([['page', 3]]) }])
})

const withCsrf: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value =>
      (value as VisitState).csrf === 'fresh' ? { issues: [{ message: 'is not set', path: ['csrf'] }] } : { value },
  },
}

test('what the schema refuses is not moved, and the old id lives on', async () => {
  const Strict = defineScope({
    kind: 'visit',
    initial: (): VisitState => ({ cart: [], csrf: 'fresh', seen: new Map() }),
    schema: withCsrf,
  })
  const [one] = await processes(1)
  const visit = await one.open(Strict, 'v')
  await visit.update(full)
  await expect(visit.rotate({ drop: ['csrf'] })).rejects.toMatchObject({ code: 'invalid-state', path: ['csrf'] })
  await visit.update(draft => void (draft.user = 'w'))
  expect((await one.open(Strict, 'v')).value.user).toBe('w')
})

test('an older shape is moved by the names of the current one, and is stored in that', async () => {
  const store = memoryStore()
  const Old = defineScope({ kind: 'visit', initial: () => ({ name: 'n', hits: 0 }) })
  const New = defineScope({
    kind: 'visit',
    version: 2,
    initial: () => ({ user: 'nobody', hits: 0 }),
    upcast: { 1: ({ name, hits }: { name: string; hits: number }) => ({ user: name, hits }) },
  })
  const old = await openScopes({ application: 'shop', store })
  const visit = await old.open(Old, 'v')
  await visit.update(draft => void draft.hits++)
  const now = await openScopes({ application: 'shop', store })
  const next = await (await now.open(New, 'v')).rotate({ keep: ['hits'] })
  expect(next.value).toEqual({ user: 'nobody', hits: 1 })
  await expect(old.open(Old, next.id)).rejects.toMatchObject({ code: 'unreadable' })
})

test('the lists of the call that goes on count as long as the rotation is not decided', async () => {
  const watched = counted()
  const [one] = await processes(1, { store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  watched.before = operation => {
    if (operation === 'replace') throw new StoreUnavailableError('down')
  }
  await expect(visit.rotate()).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  watched.before = () => {}
  expect((await visit.rotate({ keep: ['user'] })).value).toMatchObject({ user: 'u', csrf: 'fresh', cart: [] })
})

test.each([
  { keep: ['cart'], drop: ['csrf'] },
  { keep: 'cart' },
  { keep: [1] },
  { drop: null },
  { keeps: ['cart'] },
  ['cart'],
  'cart',
  null,
])('%o names no properties: it is refused, and the id stays', async options => {
  const [one] = await processes(1)
  const visit = await one.open(Visit, 'v')
  await visit.update(full)
  const rotating = visit.rotate(options as RotateOptions<VisitState>)
  await expect(rotating).rejects.toMatchObject({ code: 'invalid-argument' })
  expect((await one.open(Visit, 'v')).ended).toBeUndefined()
})
