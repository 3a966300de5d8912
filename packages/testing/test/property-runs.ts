/** How property tests are run: what the environment says, else a new seed and a number of runs that takes no time. */
export const propertyRuns: { readonly seed?: number; readonly numRuns: number } = {
  numRuns: Number(process.env['FAST_CHECK_RUNS'] ?? 50),
  ...(process.env['FAST_CHECK_SEED'] !== undefined && { seed: Number(process.env['FAST_CHECK_SEED']) }),
}
