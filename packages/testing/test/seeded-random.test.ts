import assert from 'node:assert/strict'

import fc from 'fast-check'
import { test } from 'vitest'

import { seededRandom } from '../src/seeded-random.ts'
import { propertyRuns } from './property-runs.ts'

const draw = (seed: number, count: number): readonly number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed brings the same numbers, and another seed others', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, other) => {
      assert.deepEqual(draw(seed, 20), draw(seed, 20))
      // Seeds are taken modulo 2 ** 32.
      if (seed >>> 0 !== other >>> 0) assert.notDeepEqual(draw(seed, 20), draw(other, 20))
    }),
    propertyRuns,
  )
})

test('numbers lie from 0 to below 1, whole ones below their limit', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1_000 }), (seed, limit) => {
      const random = seededRandom(seed)
      for (let index = 0; index < 50; index++) {
        const number = random.next()
        assert.ok(number >= 0 && number < 1)
        const whole = random.below(limit)
        assert.ok(Number.isInteger(whole) && whole >= 0 && whole < limit)
      }
    }),
    propertyRuns,
  )
})

test('the numbers are known: a seed written down today means the same tomorrow', () => {
  const random = seededRandom(1)
  assert.deepEqual(
    Array.from({ length: 5 }, () => random.below(1_000_000)),
    [627073, 2735, 527447, 981050, 968377],
  )
})

test('a chance comes about as often as it should, and one of nothing is refused', () => {
  const random = seededRandom(42)
  const hits = Array.from({ length: 10_000 }, () => random.chance(0.3)).filter(Boolean).length
  assert.ok(hits > 2_800 && hits < 3_200, `${hits} of 10,000`)
  assert.throws(() => random.pick([]), RangeError)
})
