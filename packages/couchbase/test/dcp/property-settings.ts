import type { Parameters } from 'fast-check'

/** Settings of a property test: seed and number of runs come from the environment where it sets them. */
export function propertySettings(defaultRuns: number): Parameters<unknown> {
  const { FAST_CHECK_SEED: seed, FAST_CHECK_RUNS: runs } = process.env
  return { numRuns: Number(runs ?? defaultRuns), ...(seed === undefined ? undefined : { seed: Number(seed) }) }
}
