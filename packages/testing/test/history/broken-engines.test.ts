import { expect, test } from 'vitest'

import { checkHistory } from '../../src/history/check-history.ts'
import { explainViolation } from '../../src/history/explain-violation.ts'
import { memoryPlace } from '../../src/history/run/system-place.ts'
import { runSystem } from '../../src/history/run/system-run.ts'
import { brokenEnds } from './broken/broken-ends.ts'
import { brokenFeeds } from './broken/broken-feeds.ts'
import { brokenLocks } from './broken/broken-locks.ts'
import { brokenHandles } from './broken/broken-handles.ts'
import { brokenStores } from './broken/broken-stores.ts'

/** Within so many runs each flaw must be found. */
const runs = Number(process.env['HISTORY_RUNS'] ?? 40)
const firstSeed = Number(process.env['HISTORY_SEED'] ?? 1)
const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index)

const engines = [...brokenStores, ...brokenFeeds, ...brokenHandles, ...brokenLocks, ...brokenEnds].map(
  engine => [engine.flaw, engine] as const,
)

test.each(engines)(`an engine that %s is found, from seed ${firstSeed} on`, async (_, { kinds, shownBy, engine }) => {
  for (const seed of [...seeds.filter(known => known === shownBy), ...seeds]) {
    const { history } = await runSystem({ seed, setup: memoryPlace, flaw: engine() })
    const violation = checkHistory(history).find(({ kind }) => kinds.includes(kind))
    if (violation === undefined) continue
    const lines = explainViolation(history, violation).split('\n')
    expect(lines[0]).toContain(violation.kind)
    expect(lines.filter(line => line.startsWith('>')).length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThan(history.events.length / 2)
    return
  }
  expect.fail(`not found in ${runs} runs`)
})

test(`nothing is found in the same runs of the sound engine, from seed ${firstSeed} on`, async () => {
  for (const seed of seeds) {
    const { history } = await runSystem({ seed, setup: memoryPlace })
    const found = checkHistory(history).map(violation => explainViolation(history, violation))
    expect(found, `seed ${seed}`).toEqual([])
  }
})
