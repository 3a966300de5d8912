import { expect, onTestFinished, test } from 'vitest'
import {
  decodeDocument,
  defineScope,
  type DocumentStore,
  memoryStore,
  movedDocument,
  openScopes,
  type Scopes,
} from '../../src/index.ts'

const Session = defineScope({
  kind: 'session',
  initial: () => ({ hits: 0 }),
  idle: '30m',
  keepEnds: '1d',
  indexes: { user: (): string => 'ann' },
})
const key = 'session:shop:1'
const now = Date.now()

test('a scope that was written under a lock can be written under it in a store of lower tokens', async () => {
  // Tokens of this store begin by the time of its making, so they are lower than those of the one that comes next.
  const [asItWas, to] = [memoryStore(), memoryStore()]
  const from = memoryStore()
  const original = await scopesIn(from)
  for (let count = 0; count < 20; count++) await hit(original)
  await hitUnderLock(original)
  const { bytes } = await documentIn(from, key)

  await asItWas.insert(key, bytes)
  const fenced = await scopesIn(asItWas)
  await expect(hitUnderLock(fenced)).rejects.toMatchObject({ code: 'lock-lost' })

  const moved = movedDocument(key, bytes, now)
  await to.insert(key, moved?.bytes ?? bytes, moved?.expiry)
  const scopes = await scopesIn(to)
  await hitUnderLock(scopes)
  const { value, version } = await scopes.open(Session, '1')
  expect({ hits: value.hits, version }).toEqual({ hits: 22, version: 22 })
})

test('nothing else of it is changed: state, life, version, commit ids, indexes', async () => {
  const store = memoryStore()
  const scopes = await scopesIn(store)
  await hit(scopes)
  const unfenced = await documentIn(store, key)
  expect(movedDocument(key, unfenced.bytes, now)?.bytes).toBe(unfenced.bytes)

  await hitUnderLock(scopes)
  const { bytes } = await documentIn(store, key)
  const [before, after] = [decodeDocument(bytes), decodeDocument(movedDocument(key, bytes, now)?.bytes ?? bytes)]
  if (before.type !== 'live' || after.type !== 'live') throw new Error('It lives.')
  const { life, version, commitId, deadline, state } = before
  expect(after).toMatchObject({ life, version, commitId, deadline, state })
  expect(after.snapshotIds).toEqual([...before.snapshotIds, ...before.tail.map(record => record.commitId)])
  expect(after.facts).toEqual({ ...before.facts, fences: undefined })
})

test('the store may drop it when it might have dropped it before', async () => {
  const store = memoryStore()
  const scopes = await scopesIn(store)
  await hit(scopes)
  const { bytes } = await documentIn(store, key)
  const { deadline } = decodeDocument(bytes)
  // An end waits a day for its handlers.
  expect(movedDocument(key, bytes, now)?.expiry).toEqual({ expiresAt: deadline + 86_400 })

  const session = await scopes.open(Session, '1')
  await session.end()
  const marker = await documentIn(store, key)
  const end = decodeDocument(marker.bytes)
  const { ttlSeconds } = movedDocument(key, marker.bytes, now)?.expiry ?? {}
  expect(ttlSeconds).toBe(end.deadline - Math.floor(now / 1000))
  // However late it is, late writes are kept out for ten minutes more.
  expect(movedDocument(key, marker.bytes, now + 100 * 86_400_000)?.expiry).toEqual({ ttlSeconds: 600 })
})

test('indexes are moved, locks and documents of others are not, and what cannot be read is refused', async () => {
  const store = memoryStore()
  const scopes = await scopesIn(store)
  await hit(scopes)
  const index = await documentIn(store, 'index:shop:user:ann')
  expect(movedDocument('index:shop:user:ann', index.bytes, now)?.bytes).toBe(index.bytes)
  expect(movedDocument('lock:n:x', index.bytes, now)).toBeUndefined()
  expect(movedDocument('somebody', index.bytes, now)).toBeUndefined()
  expect(() => movedDocument(key, index.bytes, now)).toThrow(expect.objectContaining({ code: 'unreadable' }))
})

async function scopesIn(store: DocumentStore): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', store, reaper: false })
  onTestFinished(() => scopes.close())
  return scopes
}

async function hit(scopes: Scopes): Promise<void> {
  const session = await scopes.open(Session, '1')
  await session.update(draft => void draft.hits++)
}

function hitUnderLock(scopes: Scopes): Promise<void> {
  return scopes.lock({ name: 'hits' }, () => hit(scopes))
}

async function documentIn(store: DocumentStore, name: string): Promise<{ readonly bytes: Uint8Array }> {
  const document = await store.load(name)
  if (document === undefined) throw new Error(`There is no ${name}.`)
  return document
}
