import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import {
  type Clock,
  ScopeEndedError,
  StoreUnavailableError,
  defineScope,
  memoryStore,
  systemClock,
} from '../../src/index.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import type { ScopeDocument } from '../../src/document/scope-document.ts'
import { Session, counted, processes } from './fixture.ts'

test('rotate moves the data to a new id and makes the old one useless on every node', async () => {
  const [one, two] = await processes(2)
  const session = await one.open(Session, 's1')
  await session.update(draft => void (draft.user = 'u'))
  const elsewhere = await two?.open(Session, 's1')
  const next = await session.rotate()
  expect(next.id).not.toBe('s1')
  expect(next.value.user).toBe('u')
  expect(next.version).toBe(1)
  const late = elsewhere?.update(draft => void draft.hits++)
  await expect(late).rejects.toMatchObject({ code: 'ended', reason: 'rotated' })
  const old = await two?.open(Session, 's1')
  expect(old?.value).toEqual({ hits: 0, cart: [], notes: {} })
  expect(old?.ended).toMatchObject({ reason: 'rotated' })
  const moved = await two?.open(Session, next.id)
  await moved?.update(draft => void draft.hits++)
  expect((await one.open(Session, next.id)).value).toMatchObject({ hits: 1, user: 'u' })
})

test('rotate same-state: a commit between the copy and the end is in the copy', async () => {
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store })
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  let hasWritten = false
  watched.before = async (operation, key) => {
    if (operation !== 'replace' || !key.endsWith(':s1') || hasWritten) return
    hasWritten = true
    await other?.update(draft => void (draft.user = 'late'))
  }
  const next = await session.rotate()
  expect(next.value).toMatchObject({ hits: 1, user: 'late' })
})

test('rotate insert-first: when the copy cannot be written the old scope lives on', async () => {
  const watched = counted()
  const [scopes] = await processes(1, { store: watched.store, commitTimeoutMs: 50 })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  watched.before = operation => {
    if (operation === 'insert') throw new StoreUnavailableError('no room')
  }
  await expect(session.rotate()).rejects.toMatchObject({ code: 'store-unavailable' })
  watched.before = () => {}
  await session.update(draft => void draft.hits++)
  expect((await scopes.open(Session, 's1')).value.hits).toBe(2)
})

test('a rotation that was cut off after its decision is finished by the next call', async () => {
  const watched = counted()
  const [scopes] = await processes(1, { store: watched.store })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void (draft.user = 'u'))
  let replaces = 0
  watched.before = operation => {
    if (operation === 'replace' && ++replaces === 2) throw new StoreUnavailableError('the node of the new id is down')
  }
  await expect(session.rotate()).rejects.toMatchObject({ code: 'store-unavailable' })
  const next = await session.rotate()
  expect(next.value.user).toBe('u')
  expect((await scopes.open(Session, 's1')).ended).toMatchObject({ reason: 'rotated' })
})

test('an ended scope and a scope that is not stored cannot be rotated', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  await expect(session.rotate()).rejects.toMatchObject({ code: 'invalid-argument' })
  await session.update(draft => void draft.hits++)
  await session.end()
  await expect(session.rotate()).rejects.toBeInstanceOf(ScopeEndedError)
  const opened = await scopes.open(Session, 's1')
  await expect(opened.rotate()).rejects.toMatchObject({ code: 'ended', reason: 'ended', outcome: 'none' })
})

test('of two rotations one wins, and the other is told so', async () => {
  const [one, two] = await processes(2)
  const mine = await one.open(Session, 's1')
  await mine.update(draft => void draft.hits++)
  const theirs = await two?.open(Session, 's1')
  const results = await Promise.allSettled([mine.rotate(), theirs?.rotate()])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'ended', reason: 'rotated' },
  })
})

const Visit = defineScope({ kind: 'visit', initial: () => ({ n: 0 }), idle: '30m' })
const minute = 60_000

test.each([
  { step: 2, what: 'before its decision' },
  { step: 3, what: 'after its decision' },
])('a rotation cut off $what is finished by the next call, also when the copy has gone by itself', async ({ step }) => {
  let now = 1_800_000_000_000
  const clock: Clock = { ...systemClock, now: () => now }
  const watched = counted(memoryStore({ clock }))
  const [one, two] = await processes(2, { clock, store: watched.store })
  const visit = await one.open(Visit, 'v')
  await visit.update(draft => void (draft.n = 7))
  let writes = 0
  watched.before = operation => {
    if (operation !== 'load' && ++writes >= step) throw new StoreUnavailableError('down')
  }
  const outcome = step === 3 ? 'unknown' : 'none'
  await expect(visit.rotate()).rejects.toMatchObject({ code: 'store-unavailable', outcome })
  now += 2 * minute
  watched.before = () => {}
  const next = await visit.rotate()
  expect(next.value.n).toBe(7)
  await next.update(draft => void draft.n++)
  expect((await two?.open(Visit, next.id))?.value.n).toBe(8)
  expect((await two?.open(Visit, 'v'))?.ended).toMatchObject({ reason: 'rotated' })
})

test('a copy that has to be made again is not announced as a rollback', async () => {
  const rollbacks: unknown[] = []
  const note = (message: unknown): number => rollbacks.push(message)
  subscribe('scopes:rollback', note)
  const watched = counted()
  const [one, two] = await processes(2, { store: watched.store })
  const session = await one.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const other = await two?.open(Session, 's1')
  let moves = 0
  watched.before = async (operation, key) => {
    if (operation === 'replace' && key.endsWith(':s1') && moves++ < 3) await other?.update(draft => void draft.hits++)
  }
  const next = await session.rotate()
  expect((await one.open(Session, next.id)).value.hits).toBe(4)
  unsubscribe('scopes:rollback', note)
  expect(rollbacks).toEqual([])
})

test('a scope that is being created by an earlier call can be rotated', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const [, next] = await Promise.all([session.update(draft => void draft.hits++), session.rotate()])
  expect(next.value.hits).toBe(1)
})

test('what a rotation made, and has ended by itself before its process went on, is not made again', async () => {
  let now = 1_800_000_000_000
  const memory = memoryStore({ clock: { ...systemClock, now: () => now } })
  const replace = memory.replace.bind(memory)
  let replaces = 0
  memory.replace = async (...request) => {
    const result = await replace(...request)
    if (++replaces !== 2) return result
    // The confirmation is stored, and its answer comes when the scope has ended.
    now += 24 * 60 * minute
    throw new StoreUnavailableError('The machine slept.', { outcome: 'unknown' })
  }
  const { store, counts } = counted(memory)
  const [scopes] = await processes(1, { clock: { ...systemClock, now: () => now }, store })
  const visit = await scopes.open(Visit, 'v')
  await visit.update(draft => void draft.n++)
  await expect(visit.rotate()).rejects.toMatchObject({ code: 'ended' })
  await expect(visit.rotate()).rejects.toMatchObject({ code: 'ended' })
  // The visit and its copy.
  expect(counts.insert).toBe(2)
})

test('a confirmation that has to be inserted is one commit, however often it is sent', async () => {
  let now = 1_800_000_000_000
  const clock: Clock = { ...systemClock, now: () => now }
  const memory = memoryStore({ clock })
  const [replace, insert] = [memory.replace.bind(memory), memory.insert.bind(memory)]
  memory.replace = async (...request) => {
    const result = await replace(...request)
    // The rotation is decided, and the minute of its copy is over.
    now += 2 * minute
    return result
  }
  const sent: ScopeDocument[] = []
  memory.insert = async (key, bytes, options) => {
    sent.push(decodeDocument(bytes, { key }))
    if (sent.length === 3) throw new StoreUnavailableError('lost', { outcome: 'unknown' })
    return insert(key, bytes, options)
  }
  const [scopes] = await processes(1, { clock, store: memory })
  const visit = await scopes.open(Visit, 'v')
  await visit.update(draft => void (draft.n = 7))
  expect((await visit.rotate()).value.n).toBe(7)
  const [, , lost, stored] = sent
  expect([lost?.life, lost?.version, lost?.commitId]).toEqual([stored?.life, 1, stored?.commitId])
  expect(sent).toHaveLength(4)
})
