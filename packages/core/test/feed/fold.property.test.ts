import fc from 'fast-check'
import { describe, test } from 'vitest'
import { propertySettings } from '../document/property-settings.ts'
import { type Step, stepTypes, type StepType, type TokensAfterCrash, World } from './world.ts'

function run(types: readonly StepType[], tokensAfterCrash: TokensAfterCrash): void {
  const step: fc.Arbitrary<Step> = fc.record({ type: fc.constantFrom(...types), pick: fc.nat({ max: 5 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
      const world = new World(tokensAfterCrash)
      for (const each of steps) world.step(each)
      world.settle()
    }),
    propertySettings(500),
  )
}

const withoutCrash = stepTypes.filter(type => type !== 'crash' && type !== 'reconnect')

// In any order of arrival: what a subscriber is told leads from state to state, no commit is told twice or on another
// base, an end is told once and no ended life is shown alive; and when all has arrived, everybody knows what is stored.
describe('whatever arrives in whatever order, a subscriber is told a history that makes sense and ends at the newest', () => {
  test('while the store keeps what it has acknowledged', () => {
    run(withoutCrash, 'ahead')
  })

  test('when it loses acknowledged writes and tokens go on above the lost ones', () => {
    run(stepTypes, 'ahead')
  })

  test('when it loses acknowledged writes and tokens start below the lost ones', () => {
    run(stepTypes, 'behind')
  })

  test('when it loses acknowledged writes of one life, and tokens are used again', () => {
    run(
      stepTypes.filter(type => type !== 'create' && type !== 'remove' && type !== 'end'),
      'same',
    )
  })
})
