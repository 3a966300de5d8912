import { expect, test } from 'vitest'
import { type ChangeFeed, type DocumentStore, StoreUnavailableError, defineScope } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

const Other = defineScope({ kind: 'other', initial: () => ({ n: 0 }), idle: '30m' })

test('a list holds every living scope of the kind with its newest value, whoever made it, and no other', async () => {
  const [one, two] = await processes(2)
  for (const id of ['a', 'b', 'c']) await one.create(Session, { id }).update(draft => void draft.hits++)
  await (await two?.open(Session, 'b'))?.update(draft => void draft.hits++)
  await (await one.open(Session, 'c')).end()
  const other = one.create(Other, { id: 'd' })
  await other.update(draft => void draft.n++)
  const listed = await two?.list(Session)
  expect([...(listed ?? [])].map(([id, { value, version }]) => [id, value.hits, version])).toEqual([
    ['a', 1, 1],
    ['b', 2, 2],
  ])
  const [only] = (await one.list(Other)).values()
  expect(only).toEqual({ value: { n: 1 }, life: other.life, version: 1, deadline: other.deadline })
  expect((await one.list(Session)).get('a')?.deadline).toBeUndefined()
})

test('a list of a kind that nobody has is empty', async () => {
  const [scopes] = await processes(1)
  expect((await scopes.list(Session)).size).toBe(0)
})

test('a list of a store without a feed, or whose feed fails, is an error and never a short list', async () => {
  const failing: ChangeFeed = {
    partitions: 1,
    // oxlint-disable-next-line require-yield
    async *open() {
      throw new StoreUnavailableError('The feed fails.')
    },
    probe: () => Promise.reject(new StoreUnavailableError('The feed fails.')),
  } as unknown as ChangeFeed
  const without: DocumentStore = { ...counted().store, feed: undefined }
  const [none] = await processes(1, { store: without })
  await expect(none.list(Session)).rejects.toMatchObject({ code: 'invalid-argument' })
  const [broken] = await processes(1, { feed: failing })
  await expect(broken.list(Session)).rejects.toMatchObject({ code: 'store-unavailable' })
})

test('a list that is aborted rejects', async () => {
  const [scopes] = await processes(1)
  await expect(scopes.list(Session, { signal: AbortSignal.abort() })).rejects.toThrow()
})
