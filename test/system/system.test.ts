import { expect, test } from 'vitest'

import { checkRuns, repeatCommand } from './check-runs.ts'

// Whole systems, judged by the history checker. A few of them here; `check` makes as many as are wanted.

const runs = Number(process.env['SYSTEM_RUNS'] ?? 60)
const seed = Number(process.env['SYSTEM_SEED'] ?? 5001)

test.each(['memory', 'sqlite'] as const)(
  `seed ${seed}: no rule is broken in ${runs} runs on %s`,
  async store => {
    const { finding } = await checkRuns({ store, seed, runs })
    const repeated = finding && `${finding.text}\n\nTo repeat: ${repeatCommand(store, finding.seed)}`
    expect(repeated).toBeUndefined()
  },
  120_000,
)
