import { checkHistory, type EngineFlaw, explainViolation, runSystem } from '@scopes/testing'

import { places, replicas, type StoreName } from './places.ts'

/** Which runs are made and judged. */
export interface CheckRunsOptions {
  readonly store: StoreName
  /** The seed of the first run; each further one has the next. */
  readonly seed: number
  readonly runs: number
  /** Told after each run how many have been made, and how many operations they had. */
  readonly onProgress?: (runs: number, operations: number) => void
  /** Something wrong in the engine of each run, to see that it is found. */
  readonly flaw?: () => EngineFlaw
}

/** What came of it. */
export interface CheckRunsResult {
  readonly seed: number
  /** How many runs were made: not all of them when something was found. */
  readonly runs: number
  readonly operations: number
  readonly faults: number
  readonly violations: number
  readonly seconds: number
  /** What was found in the last run, in words, with the seed that repeats it; undefined: nothing. */
  readonly finding: { readonly seed: number; readonly text: string } | undefined
}

/** Makes the runs one after the other, up to the first in which something is found. */
export async function checkRuns(options: CheckRunsOptions): Promise<CheckRunsResult> {
  const { store, seed: first, runs: most, onProgress, flaw } = options
  const begun = performance.now()
  let operations = 0
  let faults = 0
  const resultAfter = (runs: number, violations: number, finding: CheckRunsResult['finding']): CheckRunsResult => {
    const seconds = Math.round((performance.now() - begun) / 100) / 10
    return { seed: first, runs, operations, faults, violations, seconds, finding }
  }
  for (let runs = 1; runs <= most; runs++) {
    const seed = first + runs - 1
    try {
      const run = await runSystem({ seed, setup: clock => places[store](clock, seed), replicas, flaw: flaw?.() })
      operations += run.operations
      faults += run.faults
      const violations = checkHistory(run.history)
      const [worst] = violations
      if (worst) return resultAfter(runs, violations.length, { seed, text: explainViolation(run.history, worst) })
    } catch (error) {
      // An engine that throws what it never should, or hangs, is a finding like any other.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return resultAfter(runs, 1, { seed, text: `The run was cut off: ${text}` })
    }
    onProgress?.(runs, operations)
  }
  return resultAfter(most, 0, undefined)
}

/** How a run is repeated. */
export function repeatCommand(store: StoreName, seed: number): string {
  return `npx pnpm@12.21.0 check --runs 1 --seed ${seed} --store ${store}`
}
