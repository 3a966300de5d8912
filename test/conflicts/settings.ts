import { type SeededRandom, seededRandom } from '@scopes/testing'

/** How often each crowd writes; more take longer. */
export const rounds: number = Number(process.env['CONFLICT_ROUNDS'] ?? 2)

/** What the writers do is drawn from it: the same seed, the same operations. Tests carry it in their names. */
export const seed: number = Number(process.env['CONFLICT_SEED'] ?? 1)

/** The random choices of one test. */
export function randomOf(test: number): SeededRandom {
  return seededRandom(seed * 1000 + test)
}
