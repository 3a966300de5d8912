import { type SeededRandom, seededRandom } from '@scopes/testing'

/** The seed of every soak test, from the environment; a failing test names it. */
const soakSeed = Number(process.env['SOAK_SEED'] ?? 1)

/** How many times as much is written and broken as in the suite, from the environment. */
export const soakSize: number = Number(process.env['SOAK_SIZE'] ?? 1)

/** For how many seconds a test goes on that is about a time and not a number; 0, as in the suite: such tests are left out. */
export const soakSeconds: number = Number(process.env['SOAK_SECONDS'] ?? 0)

/** What a test says of itself, so that its failure can be repeated. */
export const soakName: string = `SOAK_SEED=${soakSeed} SOAK_SIZE=${soakSize}`

/** Chances of one of the tests, the same for the same seed. */
export function soakRandom(test: number): SeededRandom {
  return seededRandom(soakSeed * 1000 + test)
}
