import { checkHistory, explainViolation, runSystem } from '@scopes/testing'
import { expect, test } from 'vitest'
import { places, replicas } from '../system/places.ts'

const runs = Number(process.env['SYSTEM_RUNS'] ?? 20)
const seed = Number(process.env['SYSTEM_SEED'] ?? 5001)

test.each(['memory', 'sqlite'] as const)(
  `seed ${seed}: no rule is broken in ${runs} runs on %s whose feeds have partitions that come in any order`,
  async store => {
    for (let run = 0; run < runs; run++) {
      const options = { seed: seed + run, setup: places[store], replicas, feedPartitions: 2 + (run % 4) }
      const { history } = await runSystem(options)
      const found = checkHistory(history).map(violation => explainViolation(history, violation))
      expect(found, `seed ${options.seed}`).toEqual([])
    }
  },
  600_000,
)
