import { expect, test } from 'vitest'
import { Journal, add, entriesOf, isLate, world } from './journal.ts'

const hour = 3_600_000

test.each(['lose-after', 'lose-before'] as const)(
  'a lifetime is set once when its answer is lost (%s), and nothing else is written',
  async fault => {
    const { faulty, a, b } = await world()
    await add(a, 'x')
    const session = await a.open(Journal, 'j')
    faulty.faults.next({ operation: 'replace', fault })
    expect(await session.setLifetime({ idle: '2h' })).toMatchObject({ version: 2 })
    const read = await b.open(Journal, 'j')
    expect(read.version).toBe(2)
    expect(read.lifetime).toMatchObject({ idleMs: 2 * hour, isOwn: true })
  },
)

test('a lifetime that arrives late neither covers a commit nor a lifetime that it has not seen', async () => {
  const { faulty, a, b } = await world()
  await add(a, 'x')
  const session = await a.open(Journal, 'j')
  faulty.faults.next({ operation: 'replace', fault: 'late' })
  const setting = session.setLifetime({ idle: '2h' })
  await isLate(faulty)
  faulty.faults.failing(true)
  await expect(setting).rejects.toMatchObject({ outcome: 'unknown' })
  faulty.faults.failing(false)
  await (await b.open(Journal, 'j')).setLifetime({ idle: '5h' })
  await add(b, 'b1')
  await faulty.faults.land()
  expect(await entriesOf(b)).toEqual(['x', 'b1'])
  expect((await b.open(Journal, 'j')).lifetime.idleMs).toBe(5 * hour)
})

test('a creation with a lifetime of its own whose answer is lost has both', async () => {
  const { faulty, a, b } = await world()
  const work = (await a.open(Journal, 'j')).draft()
  work.value.entries.push('x')
  work.setLifetime({ idle: '2h' })
  faulty.faults.next({ operation: 'insert', fault: 'lose-after' })
  expect(await work.commit()).toMatchObject({ version: 1 })
  expect((await b.open(Journal, 'j')).lifetime.idleMs).toBe(2 * hour)
  expect(await entriesOf(b)).toEqual(['x'])
})
