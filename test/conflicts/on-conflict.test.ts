import { beforeAll, describe, expect, test } from 'vitest'
import { Crowd } from './crowd.ts'
import { plan } from './plan.ts'
import type { Dialogue } from './process/dialogue.ts'
import { randomOf, seed } from './settings.ts'
import type { Operation, SheetName } from './sheet.ts'
import { type WriterProcess, type Writers, startWriters, startMs } from './start-writers.ts'
import { sharedStores } from './stores.ts'

// What becomes of an update whose request is overtaken by another process: exactly as often as the test says.

type Options = Omit<Dialogue['update'][0], 'sheet' | 'operation'>

describe.each(sharedStores)('%s: an update that another process overtakes', store => {
  let writers: Writers
  let slow: WriterProcess
  let quick: WriterProcess
  beforeAll(async () => {
    writers = await startWriters(store, 2)
    const [one, other] = writers.processes
    if (!one || !other) throw new Error('There is a process missing.')
    slow = one
    quick = other
    return () => writers.close()
  }, startMs)

  /** The slow one updates a new sheet, and the quick one is faster so many times. */
  const overtake = async (id: string, times: number, options: Options): Promise<Overtaken> => {
    const sheet: SheetName = { kind: 'session', id }
    const crowd = new Crowd(writers.processes, sheet)
    await crowd.write(quick, [[{ mark: 'first', way: 'update', type: 'push' }]])
    const operation: Operation = { mark: 'slow', way: 'update', type: 'push' }
    await slow.ask('hold', { at: 'sent' })
    let sent = slow.count('sent')
    const updating = slow.ask('update', { sheet, operation, ...options })
    crowd.ledger.expect([operation])
    await slow.until('sent', ++sent)
    for (let turn = 0; turn < times; turn++) {
      if (turn > 0) {
        await slow.ask('letOn', {})
        await slow.until('sent', ++sent)
      }
      await crowd.write(quick, [[{ mark: `quick ${turn}`, way: 'update', type: 'push' }]])
    }
    const finish = async (): Promise<Dialogue['update'][1]> => {
      await slow.ask('release', {})
      const answer = await updating
      crowd.ledger.enter([operation], [answer.outcome])
      return answer
    }
    return { crowd, finish }
  }

  test("'rerun', which is the default: the recipe runs again on what the other one stored", async () => {
    const { crowd, finish } = await overtake('rerun', 1, {})
    expect(await finish()).toEqual({ outcome: { type: 'done', version: 3, attempts: 2, merged: false }, runs: 2 })
    expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'quick 0', 'slow'])
  })

  test("'merge': the recipe runs once, and what it did is merged", async () => {
    const { crowd, finish } = await overtake('merge', 1, { onConflict: 'merge' })
    expect(await finish()).toEqual({ outcome: { type: 'done', version: 3, attempts: 2, merged: true }, runs: 1 })
    expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'quick 0', 'slow'])
  })

  test("'fail': nothing is written, and the caller is told", async () => {
    const { crowd, finish } = await overtake('fail', 1, { onConflict: 'fail' })
    expect(await finish()).toEqual({ outcome: { type: 'none', code: 'conflict' }, runs: 1 })
    expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'quick 0'])
  })

  test.each(['rerun', 'merge'] as const)(
    'attempts (%s): one that lost in each of them is given up, and nothing of it is there',
    async onConflict => {
      const { crowd, finish } = await overtake(`attempts ${onConflict}`, 3, { onConflict, attempts: 3 })
      const { outcome, runs } = await finish()
      expect(outcome).toEqual({ type: 'none', code: 'conflict' })
      expect(runs).toBe(onConflict === 'rerun' ? 3 : 1)
      expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'quick 0', 'quick 1', 'quick 2'])
    },
  )

  test('attempts: the last one may still succeed', async () => {
    const { crowd, finish } = await overtake('last attempt', 2, { attempts: 3 })
    expect((await finish()).outcome).toEqual({ type: 'done', version: 4, attempts: 3, merged: false })
    await crowd.mustBeWhole()
  })

  test('an abort when another was faster: it is not sent again, and nothing of it is there', async () => {
    const { crowd, finish } = await overtake('abort', 1, { isAbortable: true })
    await slow.ask('abort', {})
    expect((await finish()).outcome).toEqual({ type: 'none', code: 'store-unavailable' })
    expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'quick 0'])
  })

  test('an abort after the request has left: what was sent is followed to its end, and is stored', async () => {
    const { crowd, finish } = await overtake('late abort', 0, { isAbortable: true })
    await slow.ask('abort', {})
    expect((await finish()).outcome).toEqual({ type: 'done', version: 2, attempts: 1, merged: false })
    expect((await crowd.mustBeWhole()).value.list).toEqual(['first', 'slow'])
  })

  test(`drafts of one base with 'fail': one is stored, whoever it is, and the others are told (seed ${seed})`, async () => {
    const crowd = new Crowd(writers.processes, { kind: 'client', id: 'drafts that fail' })
    const shares = ['p0', 'p1'].map(name =>
      plan(randomOf(30), { name, writers: 8, operations: 1, way: 'draft' }).flat(),
    )
    await crowd.begin(shares)
    const outcomes = await crowd.commit(shares, { onConflict: 'fail' })
    expect(outcomes.filter(({ type }) => type === 'done')).toHaveLength(1)
    expect(outcomes.filter(({ type }) => type === 'none')).toHaveLength(15)
    expect((await crowd.mustBeWhole()).version).toBe(1)
  })
})

/** An update that has been overtaken; its last request is on its way. */
interface Overtaken {
  readonly crowd: Crowd
  /** Lets it go on to its end. */
  readonly finish: () => Promise<Dialogue['update'][1]>
}
