import { expect, test } from 'vitest'
import { Crowd } from './crowd.ts'
import { eachCrowd } from './each-crowd.ts'
import { type Outcome, judge } from './judge.ts'
import { plan } from './plan.ts'
import { randomOf, seed } from './settings.ts'
import { type Operation, type Sheet, type SheetName, kinds } from './sheet.ts'
import type { WriterProcess } from './start-writers.ts'

// One process ends or rotates a scope while others write to it, with handles that they had before.

const writersEach = 8
const first: Operation = { mark: 'first', way: 'update', type: 'push' }

eachCrowd(`${writersEach} writers in each process (seed ${seed})`, ({ processes, writers }) => {
  const one = (): WriterProcess => writers()[0] as WriterProcess
  const last = (): WriterProcess => writers().at(-1) as WriterProcess

  /** What each of the writers of each process is to do. */
  const shares = (choice: number, operations: number, way?: Operation['way']): Operation[][][] =>
    writers().map((_writer, index) => {
      const options = { name: `p${index}`, writers: writersEach, operations, ...(way && { way }) }
      return plan(randomOf(choice), options)
    })

  /** Everybody writes with the handles they have now, and `act` comes when each process has been acknowledged something. */
  const writeWhile = async <Answer>(
    crowd: Crowd,
    lanes: Operation[][][],
    act: () => Promise<Answer>,
  ): Promise<{ readonly outcomes: readonly Outcome[]; readonly answer: Answer }> => {
    const before = writers().map(writer => writer.count('acknowledged'))
    const writing = crowd.writeFreely(lanes, { keepsHandles: true })
    await Promise.all(writers().map((writer, index) => writer.until('acknowledged', (before[index] ?? 0) + 1)))
    const answer = await act()
    return { outcomes: await writing, answer }
  }

  test.each(kinds)('%s: drafts that were begun before the end are refused, and revive nothing', async kind => {
    const sheet: SheetName = { kind, id: `drafts ${processes}` }
    const crowd = new Crowd(writers(), sheet)
    await crowd.write(one(), [[first]])
    const drafts = shares(40, 1, 'draft').map(lanes => lanes.flat())
    await crowd.begin(drafts)
    await last().ask('end', sheet)
    const outcomes = await crowd.commit(drafts)
    expect(outcomes).toEqual(outcomes.map(() => ({ type: 'none', code: 'ended' })))
    for (const writer of writers()) {
      expect(await writer.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'ended' })
    }
    expect(await last().ask('final', sheet)).toMatchObject({ isEnded: true, version: 2, value: { list: ['first'] } })
  })

  test.each(kinds)('%s: the final state is all that was acknowledged, and nothing that came late', async kind => {
    const sheet: SheetName = { kind, id: `ended while writing ${processes}` }
    const crowd = new Crowd(writers(), sheet)
    await crowd.write(one(), [[first]])
    const { outcomes } = await writeWhile(crowd, shares(41, 6), () => last().ask('end', sheet))
    for (const outcome of outcomes)
      expect(['done', 'ended']).toContain(outcome.type === 'none' ? outcome.code : outcome.type)
    const final = await one().ask('final', sheet)
    expect(final?.isEnded).toBe(true)
    // The end is a version of its own.
    expect(judge({ value: final?.value as Sheet, version: (final?.version ?? 0) - 1 }, crowd.ledger.tried)).toEqual([])
    for (const writer of writers()) {
      expect(await writer.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'ended' })
    }
  })

  test('a scope of a fixed id begins a new life, in which nobody who belonged to the old one writes', async () => {
    const sheet: SheetName = { kind: 'application', id: `again ${processes}` }
    const crowd = new Crowd(writers(), sheet)
    await crowd.write(one(), [[first]])
    const drafts = shares(42, 1, 'draft').map(lanes => lanes.flat())
    await crowd.begin(drafts)
    await last().ask('end', sheet)
    const reborn = new Crowd(writers(), sheet)
    await reborn.write(last(), [[{ mark: 'reborn', way: 'update', type: 'push' }]])
    const outcomes = await crowd.commit(drafts)
    expect(outcomes).toEqual(outcomes.map(() => ({ type: 'none', code: 'ended' })))
    expect((await reborn.mustBeWhole()).value.list).toEqual(['reborn'])
  })

  test.each(['session', 'client'] as const)(
    '%s: under the new id is all that was acknowledged under the old one, which is useless to whoever writes late',
    async kind => {
      const sheet: SheetName = { kind, id: `rotated ${processes}` }
      const crowd = new Crowd(writers(), sheet)
      await crowd.write(one(), [[first]])
      const { outcomes, answer: id } = await writeWhile(crowd, shares(43, 6), () => last().ask('rotate', sheet))
      for (const outcome of outcomes)
        expect(['done', 'ended']).toContain(outcome.type === 'none' ? outcome.code : outcome.type)
      for (const writer of writers()) {
        const { value, version } = await writer.ask('read', { kind, id })
        // It begins anew with what was copied.
        expect(version).toBe(1)
        expect(judge({ value, version: Object.keys(value.done).length }, crowd.ledger.tried)).toEqual([])
        expect(await writer.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'rotated' })
      }
    },
  )

  test('of those who rotate at the same time one gets a new id', async () => {
    const sheet: SheetName = { kind: 'session', id: `rotated by all ${processes}` }
    await new Crowd(writers(), sheet).write(one(), [[first]])
    // Each of them has begun before one of them goes on.
    const rotating = writers().map(async writer => {
      await writer.ask('hold', { at: 'sent' })
      return writer.ask('rotate', sheet)
    })
    const sent = writers().map(writer => writer.count('sent'))
    const all = Promise.allSettled(rotating)
    await Promise.all(writers().map((writer, index) => writer.until('sent', (sent[index] ?? 0) + 1)))
    for (const writer of writers()) await writer.ask('release', {})
    const rotations = await all
    const ids = rotations.flatMap(rotation => (rotation.status === 'fulfilled' ? [rotation.value] : []))
    expect(ids).toHaveLength(1)
    for (const rotation of rotations) {
      if (rotation.status === 'rejected') expect(String(rotation.reason)).toContain("code: 'ended'")
    }
    for (const writer of writers()) {
      expect(await writer.ask('read', { kind: 'session', id: ids[0] ?? '' })).toMatchObject({
        value: { list: ['first'] },
      })
    }
  })
})
