import { expect, test } from 'vitest'
import { type Outcome, interleave } from './index-interleavings.ts'

const runs = Number(process.env['INTERLEAVING_RUNS'] ?? 20)
const firstSeed = Number(process.env['INTERLEAVING_SEED'] ?? 1)

test(
  'whatever a login, a rotation or an end does meanwhile: whom endAll has seen is over, and who has the value is named',
  { timeout: 120_000 },
  async () => {
    const happened = { endings: 0, logins: 0, rotations: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const { faults, endings, logins, rotations }: Outcome = await interleave(numbersFrom(seed), seed % 2 ? 0 : 0.1)
      expect(faults, `INTERLEAVING_SEED=${seed} INTERLEAVING_RUNS=1`).toEqual([])
      happened.endings += endings
      happened.logins += logins
      happened.rotations += rotations
    }
    // Otherwise it would have been about nothing.
    expect(happened.endings).toBeGreaterThan(runs / 2)
    expect(happened.logins).toBeGreaterThan(runs / 2)
    expect(happened.rotations).toBeGreaterThan(runs / 8)
  },
)

/** Numbers from 0 to 1 by the seed alone (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e37_79b9)
  return () => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
