import { expect, test } from 'vitest'

import { checkRuns, repeatCommand } from './check-runs.ts'

// Whole systems, judged by the history checker. A few of them here, most on the store that is quickest; the gates make more of each,
// and `check` as many as are wanted.

const runs = Number(process.env['SYSTEM_RUNS'] ?? 60)
const seed = Number(process.env['SYSTEM_SEED'] ?? 5001)

// Those on Couchbase take real time.
test.each([
  ['memory', runs],
  ['sqlite', Math.ceil(runs / 2)],
  ['couchbase', Math.ceil(runs / 15)],
] as const)(
  `seed ${seed}: no rule is broken on %s in %d runs`,
  async (store, count) => {
    const { finding } = await checkRuns({ store, seed, runs: count })
    const repeated = finding && `${finding.text}\n\nTo repeat: ${repeatCommand(store, finding.seed)}`
    expect(repeated).toBeUndefined()
  },
  600_000,
)
