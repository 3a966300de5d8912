import { expect, test } from 'vitest'
import { Journal, add, entriesOf, isLate, world } from './journal.ts'

// The traces of the commit protocol over a store that fails on cue, played through the public API.

test('C3 find-own-id: a commit whose answer was lost is found and not written twice', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'append', fault: 'lose-after' })
  expect(await session.update(draft => void draft.entries.push('a1'))).toMatchObject({ version: 2 })
  expect(await entriesOf(b)).toEqual(['x', 'a1'])
})

test('a commit that never arrived is sent again with the same ids', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  faulty.faults.next({ operation: 'append', fault: 'lose-before' })
  await add(a, 'a1')
  expect(await entriesOf(b)).toEqual(['x', 'a1'])
})

test('F7: the retry of a commit that lands late is refused, and the commit is found', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  faulty.faults.next({ operation: 'append', fault: 'late', afterOperations: 1 })
  await add(a, 'a1')
  expect(await entriesOf(b)).toEqual(['x', 'a1'])
})

test('C0 append-token: a commit that is executed again later changes nothing', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  faulty.faults.next({ operation: 'append', fault: 'duplicate', afterOperations: 2 })
  await add(a, 'a1')
  await add(a, 'a2')
  await add(a, 'a3')
  expect(faulty.faults.lateRequests).toBe(0)
  expect(await entriesOf(b)).toEqual(['x', 'a1', 'a2', 'a3'])
})

test('L3 same-insert: a creation whose answer was lost is found by its life', async () => {
  const { faulty, a, b } = await world()
  faulty.faults.next({ operation: 'insert', fault: 'lose-after' })
  await add(a, 'a1')
  expect(await entriesOf(b)).toEqual(['a1'])
})

test('L3 same-insert: a creation that lands late is repeated byte for byte, and refused', async () => {
  const { faulty, a, b } = await world()
  faulty.faults.next({ operation: 'insert', fault: 'late', afterOperations: 1 })
  await add(a, 'a1')
  await add(b, 'b1')
  expect(await entriesOf(b)).toEqual(['a1', 'b1'])
})

test('E1 marker-stays: a creation that lands after its scope has ended does not revive it', async () => {
  const { faulty, a, b } = await world()
  faulty.faults.next({ operation: 'insert', fault: 'duplicate', afterOperations: 3 })
  await add(a, 'a1')
  await (await b.open(Journal, 'j')).end()
  for (let round = 0; round < 4; round++) await a.open(Journal, 'j')
  expect(faulty.faults.lateRequests).toBe(0)
  expect((await b.open(Journal, 'j')).isStored).toBe(false)
})

test('L4 insert-doubt: a creation whose answer was lost, and then another life: unknown, and never in two lives', async () => {
  const { faulty, a, b } = await world()
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'insert', fault: 'lose-after' })
  faulty.faults.next({ operation: 'load', fault: 'fail' })
  const creating = session.update(draft => void draft.entries.push('a1'))
  const rebirth = (async () => {
    let found = await b.open(Journal, 'j')
    while (!found.isStored) found = await b.open(Journal, 'j')
    await found.end()
    await add(b, 'b1')
  })()
  const [outcome] = await Promise.allSettled([creating, rebirth])
  if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ended', outcome: 'unknown' })
  expect(await entriesOf(b)).toEqual(['b1'])
})

test('E2 ids-in-end: a commit that is in the final state is done, although the scope has ended since', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  const other = await b.open(Journal, 'j')
  faulty.faults.hold('answers')
  const writing = session.update(draft => void draft.entries.push('a1'))
  await other.update(draft => void draft.entries.push('b1'))
  await other.end()
  faulty.faults.release()
  expect(await writing).toMatchObject({ version: 2 })
})

test('F4, C6 fence-first: giving up while the request may still land is unknown, and it may land', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'append', fault: 'late' })
  const writing = session.update(draft => void draft.entries.push('a1'))
  await isLate(faulty)
  faulty.faults.failing(true)
  await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  faulty.faults.failing(false)
  await faulty.faults.land()
  expect(await entriesOf(b)).toEqual(['x', 'a1'])
})

test('after an unknown outcome the next write fences or finds the held one: never twice, never out of order', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'append', fault: 'late' })
  const writing = session.update(draft => void draft.entries.push('a1'))
  await isLate(faulty)
  faulty.faults.failing(true)
  await expect(writing).rejects.toMatchObject({ outcome: 'unknown' })
  faulty.faults.failing(false)
  await session.update(draft => void draft.entries.push('a2'))
  await faulty.faults.land()
  expect(await entriesOf(b)).toEqual(['x', 'a2'])
})

test('C5 reach: when more followed than the document names, the outcome is unknown and nothing is written again', async () => {
  const { faulty, a, b } = await world(60_000)
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'append', fault: 'lose-after' })
  const writing = session.update(draft => void draft.entries.push('a1'))
  for (let load = 0; load < 5000; load++) faulty.faults.next({ operation: 'load', fault: 'fail' })
  while (!(await entriesOf(b)).includes('a1')) await Promise.resolve()
  for (let round = 0; round < 150; round++) await add(b, `b${round}`.padEnd(120, '.'))
  faulty.faults.calm()
  await expect(writing).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
  expect((await entriesOf(b)).filter(entry => entry === 'a1')).toEqual(['a1'])
})

test('E3 end-is-commit: an end whose answer was lost is found to be one’s own', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', fault: 'lose-after' })
  await session.end('logout')
  expect((await b.open(Journal, 'j')).ended).toMatchObject({ detail: 'logout' })
})

test('a commit that the store refuses for a reason of its own is definite, and the next one succeeds', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  faulty.faults.next({ operation: 'append', fault: 'fail' })
  await expect(add(a, 'a1')).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  await add(a, 'a2')
  expect(await entriesOf(b)).toEqual(['x', 'a2'])
})

test('a failed load is an error, never an empty scope', async () => {
  const { faulty, a } = await world()
  await add(a, 'x')
  faulty.faults.next({ operation: 'load', fault: 'fail' })
  await expect(a.open(Journal, 'j')).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(await entriesOf(a)).toEqual(['x'])
})

test('a damaged document is refused, left as it is, and harms no other scope', async () => {
  const { inner, a, b } = await world()
  await add(b, 'x')
  const stored = await inner.load('journal:shop:j')
  if (stored === undefined) throw new Error('The scope is stored.')
  const damaged = stored.bytes.slice()
  damaged[60] = (damaged[60] ?? 0) ^ 1
  await inner.replace('journal:shop:j', damaged, stored.token)
  await expect(a.open(Journal, 'j')).rejects.toMatchObject({ code: 'unreadable', key: 'journal:shop:j' })
  const other = await a.open(Journal, 'k')
  await other.update(draft => void draft.entries.push('fine'))
  expect((await inner.load('journal:shop:j'))?.bytes).toEqual(damaged)
})

test('R1 announce: a store that lost acknowledged commits is told as a reset, rolled-back', async () => {
  const { inner, a, b } = await world()
  await add(a, 'x')
  const before = await inner.load('journal:shop:j')
  const session = await b.open(Journal, 'j')
  await session.update(draft => void draft.entries.push('b1'))
  const told: string[] = []
  session.changes$.subscribe(change => told.push(`${change.type} ${'reason' in change ? change.reason : ''}`))
  const current = await inner.load('journal:shop:j')
  if (before === undefined || current === undefined) throw new Error('The scope is stored.')
  await inner.replace('journal:shop:j', before.bytes, current.token)
  await add(a, 'a1')
  const after = await b.open(Journal, 'j')
  expect(after.value.entries).toEqual(['x', 'a1'])
  expect(told).toContain('reset rolled-back')
})

test.each(['lose-before', 'lose-after', 'late'] as const)(
  'a creation over an end marker whose answer was lost (%s) is done once',
  async fault => {
    const { faulty, a, b } = await world(1000)
    await add(a, 'before')
    await (await a.open(Journal, 'j')).end()
    const session = await a.open(Journal, 'j')
    faulty.faults.next({ operation: 'replace', fault, ...(fault === 'late' && { afterOperations: 1 }) })
    await session.update(draft => void draft.entries.push('a1'))
    expect(await entriesOf(b)).toEqual(['a1'])
  },
)
