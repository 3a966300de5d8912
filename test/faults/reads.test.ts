import { memoryCache, memoryStore, openScopes } from '@scopes/core'
import { faultStore } from '@scopes/testing'
import { firstValueFrom, take, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { Journal, add, entriesOf, world } from './journal.ts'

test('C7 register-first: a commit that the feed brings before its answer is shown once and counted once', async () => {
  const { faulty, a } = await world(5000)
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  const shown = firstValueFrom(session.select(({ entries }) => entries.length).pipe(take(3), toArray()))
  await new Promise<void>(resolve => {
    a.changes().pipe(take(1)).subscribe({ complete: resolve })
  })
  faulty.faults.hold('answers')
  const writing = session.update(draft => void draft.entries.push('a1'))
  await firstValueFrom(session.select(({ entries }) => entries).pipe(take(2), toArray()))
  faulty.faults.release()
  expect(await writing).toMatchObject({ version: 2 })
  await session.update(draft => void draft.entries.push('a2'))
  expect(await shown).toEqual([1, 2, 3])
  expect(await entriesOf(a)).toEqual(['x', 'a1', 'a2'])
})

test('R3 ordered-reads: a load that was overtaken by an own commit is not taken for a rollback', async () => {
  const { faulty, a } = await world(5000)
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  const told: string[] = []
  session.changes$.subscribe(change => told.push(change.type))
  faulty.faults.next({ operation: 'load', fault: 'delay-answer', delayMs: 20 })
  const opening = a.open(Journal, 'j')
  await session.update(draft => void draft.entries.push('a1'))
  expect((await opening).value.entries).toEqual(['x', 'a1'])
  expect(told).not.toContain('reset')
})

test('R2 keep-stamp: a handle knows what it has seen, also when the copy was evicted', async () => {
  const inner = memoryStore()
  const faulty = faultStore(inner)
  const a = await openScopes({
    application: 'shop',
    reaper: false,
    store: faulty,
    cache: memoryCache({ maxScopes: 1 }),
  })
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  const before = await inner.load('journal:shop:j')
  await session.update(draft => void draft.entries.push('a1'))
  await (await a.open(Journal, 'k')).update(draft => void draft.entries.push('evicts j'))
  const lost = await inner.load('journal:shop:j')
  if (before === undefined || lost === undefined) throw new Error('The scope is stored.')
  const told: string[] = []
  session.changes$.subscribe(change => told.push(`${change.type} ${'reason' in change ? change.reason : ''}`))
  await inner.replace('journal:shop:j', before.bytes, lost.token)
  await a.open(Journal, 'j')
  expect(told).toContain('reset rolled-back')
  expect(session.value.entries).toEqual(['x'])
})
