import { describe, expect, onTestFinished, test } from 'vitest'
import { Crowd } from './crowd.ts'
import { eachCrowd } from './each-crowd.ts'
import { plan } from './plan.ts'
import { randomOf, rounds, seed } from './settings.ts'
import { kinds } from './sheet.ts'
import { startWriters } from './start-writers.ts'
import { sharedStores } from './stores.ts'

const writersEach = 8

eachCrowd(`${writersEach} writers in each process (seed ${seed})`, ({ processes, writers }) => {
  const numbers = Array.from({ length: processes }, (_, index) => index)

  /** Where a merge decided, so far. */
  const decided = (): ReadonlySet<string> =>
    new Set(
      writers().flatMap(({ told }) =>
        told.flatMap(message => (message.type === 'conflict' ? [message.path.split(' ')[0] ?? ''] : [])),
      ),
    )

  test.each(kinds)('%s: of drafts with one base all changes are kept, and all but one are merged', async kind => {
    const random = randomOf(1)
    const crowd = new Crowd(writers(), { kind, id: `drafts of ${processes}` })
    for (let round = 0; round < rounds; round++) {
      const shares = numbers.map(index => {
        const lanes = plan(random, { name: `r${round}.p${index}`, writers: writersEach, operations: 1, way: 'draft' })
        return lanes.flat()
      })
      await crowd.begin(shares)
      const outcomes = await crowd.commit(shares)
      expect(outcomes.map(({ type }) => type)).toEqual(shares.flat().map(() => 'done'))
      const first = outcomes.filter(outcome => outcome.type === 'done' && outcome.merged === false)
      expect(first).toHaveLength(1)
      await crowd.mustBeWhole()
    }
  })

  test.each(kinds)('%s: of recipes and drafts at the same time all are kept, each exactly once', async kind => {
    const random = randomOf(2)
    const crowd = new Crowd(writers(), { kind, id: `all of ${processes}` })
    for (let round = 0; round < rounds; round++) {
      const shares = numbers.map(index =>
        plan(random, { name: `r${round}.p${index}`, writers: writersEach, operations: 6 }),
      )
      const outcomes = await crowd.writeFreely(shares)
      expect(outcomes.map(({ type }) => type)).toEqual(shares.flat(2).map(() => 'done'))
      await crowd.mustBeWhole()
    }
  })

  test('no decision was told where both changes were kept as they are', () => {
    // Counters are asked each time; edits meet removals in the pool.
    for (const place of decided()) expect(['visits', 'cart', 'pool']).toContain(place)
  })
})

describe.each(sharedStores)(`%s, two processes that answer from memory (seed ${seed})`, store => {
  test('what is written on copies that are out of date is kept, each exactly once', async () => {
    const writers = await startWriters(store, 2, { cluster: false })
    onTestFinished(() => writers.close())
    const random = randomOf(4)
    const reader = await writers.add()
    for (const kind of kinds) {
      const crowd = new Crowd(writers.processes, { kind, id: 'from memory' })
      const shares = ['p0', 'p1'].map(name => plan(random, { name, writers: writersEach, operations: 3 * rounds }))
      const outcomes = await crowd.writeFreely(shares)
      expect(outcomes.map(({ type }) => type)).toEqual(shares.flat(2).map(() => 'done'))
      await crowd.mustBeWhole([reader])
    }
  })
})
