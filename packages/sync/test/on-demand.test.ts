import { faultStore } from '@scopes/testing'
import { expect, test } from 'vitest'
import { FeedInHand } from './feed-in-hand.ts'
import { Session, openReader, openWriter } from './fixture.ts'

const soon = { interval: 1 }
const cached = { values: 'on-demand' } as const

test('the feed is opened for keys from now on, and nothing is kept of what nobody has opened', async () => {
  const { store, hit } = await openWriter()
  for (const id of ['s1', 's2']) await hit(id)
  const feed = new FeedInHand(store.feed)
  const reader = await openReader(store, { feed, cached })
  expect(feed.openings).toMatchObject([{ since: 'now', keysOnly: true }])
  await hit('s1')
  await hit('s3')
  expect((await reader.scopes.open(Session, 's3')).value.hits).toBe(1)
  expect(reader.cache.size).toBe(1)
})

test('what was opened is read from memory until it changes; then it is read once', async () => {
  const { store, hit } = await openWriter()
  await hit('s1')
  const reader = await openReader(store, { cached })
  for (let open = 0; open < 3; open++) expect((await reader.scopes.open(Session, 's1')).value.hits).toBe(1)
  expect(reader.loads).toBe(1)
  await hit('s1')
  await expect.poll(async () => (await reader.scopes.open(Session, 's1')).value.hits, soon).toBe(2)
  for (let open = 0; open < 3; open++) await reader.scopes.open(Session, 's1')
  expect(reader.loads).toBe(2)
})

test('a document is read when it is held: a handle follows what others commit, end and remove', async () => {
  const { store, writer, hit } = await openWriter()
  await hit('s1')
  const reader = await openReader(store, { cached })
  const held = await reader.scopes.open(Session, 's1')
  const told: string[] = []
  held.changes$.subscribe(({ type, version }) => told.push(`${type} ${version}`))
  await hit('s1')
  await hit('s1')
  await expect.poll(() => held.value.hits, soon).toBe(3)
  await (await writer.open(Session, 's1')).end()
  await expect.poll(() => held.isStored, soon).toBe(false)
  expect(told).toEqual(['updated 2', 'updated 3', 'ended 4'])
})

test('the echo of an own commit is not read', async () => {
  const { store, hit } = await openWriter()
  await hit('s1')
  const reader = await openReader(store, { cached })
  const session = await reader.scopes.open(Session, 's1')
  for (let commit = 0; commit < 20; commit++) await session.update(draft => void draft.hits++)
  await hit('s1')
  await expect.poll(() => session.value.hits, soon).toBe(22)
  // One load by the open, one for the commit of the other process.
  expect(reader.loads).toBe(2)
})

test('a scope that was removed is asked for again', async () => {
  const { store, hit } = await openWriter()
  await hit('s1')
  const reader = await openReader(store, { cached })
  await reader.scopes.open(Session, 's1')
  const stored = await store.load('session:shop:s1')
  await store.remove('session:shop:s1', stored?.token ?? (0n as never))
  await expect.poll(async () => (await reader.scopes.open(Session, 's1')).isStored, soon).toBe(false)
})

test('the echo of an own commit is not read either when it comes before the acknowledgement', async () => {
  const { store, hit } = await openWriter()
  await hit('s1')
  const faulty = faultStore(store)
  const reader = await openReader(faulty, { cached })
  const session = await reader.scopes.open(Session, 's1')
  faulty.faults.hold('answers')
  const updating = session.update(draft => void draft.hits++)
  // Time for the feed to name the commit.
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  faulty.faults.release()
  await updating
  await hit('s1')
  await expect.poll(() => session.value.hits, soon).toBe(3)
  expect(reader.loads).toBe(2)
})
