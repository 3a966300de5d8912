import { expect, test } from 'vitest'
import { type DocumentStore, memoryStore } from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

const key = 'session:shop:s1'

/** The store as a crash leaves it that takes the end of the scope back. */
async function takeBack(store: DocumentStore, bytes: Uint8Array): Promise<void> {
  const marker = await store.load(key)
  if (marker === undefined) throw new Error('The end marker is stored.')
  await store.replace(key, bytes, marker.token)
}

async function bytesOf(store: DocumentStore): Promise<Uint8Array> {
  const stored = await store.load(key)
  if (stored === undefined) throw new Error('The scope is stored.')
  return stored.bytes
}

test('re-end: a process that saw an end ends that life again when a rollback revives it', async () => {
  const store = memoryStore()
  const [one, two] = await processes(2, { store })
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const before = await bytesOf(store)
  await session.end('logout')
  await takeBack(store, before)
  expect((await one.open(Session, 's1')).isStored).toBe(false)
  const elsewhere = async (): Promise<boolean> => (await two?.open(Session, 's1'))?.isStored ?? false
  await expect.poll(elsewhere, { interval: 1 }).toBe(false)
})

test('re-end: a life that takes the place of the revived one meanwhile is not touched', async () => {
  const inner = memoryStore()
  const watched = counted(inner)
  const [one] = await processes(1, { store: { ...watched.store, close: () => Promise.resolve() } })
  const [two] = await processes(1, { store: inner })
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const before = await bytesOf(inner)
  await session.end()
  await takeBack(inner, before)
  let wasReborn = false
  watched.before = async operation => {
    if (operation !== 'replace' || wasReborn) return
    wasReborn = true
    await (await two.open(Session, 's1')).end()
    await (await two.open(Session, 's1')).update(draft => void (draft.user = 'new'))
  }
  await one.open(Session, 's1')
  await one.close()
  expect(wasReborn).toBe(true)
  expect((await two.open(Session, 's1')).value.user).toBe('new')
})
