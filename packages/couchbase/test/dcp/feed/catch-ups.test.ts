import { describe, expect, test } from 'vitest'

import { CatchUps } from '../../../src/dcp/feed/catch-ups.ts'

describe('a vbucket says that it has caught up', () => {
  test('when it has delivered what was the highest as it was asked', () => {
    const catchUps = new CatchUps(2)
    catchUps.answered(0, 5, 100)
    expect(catchUps.reached(0, 4)).toBeUndefined()
    expect(catchUps.reached(1, 9)).toBeUndefined()
    expect(catchUps.reached(0, 5)).toBe(100)
    expect(catchUps.reached(0, 6)).toBeUndefined()
  })

  test('as of the newest question whose answer is reached', () => {
    const catchUps = new CatchUps(1)
    catchUps.answered(0, 5, 100)
    catchUps.answered(0, 7, 200)
    expect(catchUps.reached(0, 7)).toBe(200)
  })

  test('though newer questions come faster than their answers are reached', () => {
    const catchUps = new CatchUps(1)
    const told: (number | undefined)[] = []
    for (let round = 0; round < 10; round++) {
      catchUps.answered(0, 100 * (round + 1), round)
      told.push(catchUps.reached(0, 60 * (round + 1)))
    }
    const proofs = told.filter(asOf => asOf !== undefined)
    expect(proofs.length).toBeGreaterThan(2)
    expect(proofs).toEqual(proofs.toSorted((one, other) => one - other))
  })

  test('not for what was asked on a branch that is no more', () => {
    const catchUps = new CatchUps(1)
    catchUps.answered(0, 5, 100)
    catchUps.answered(0, 6, 150)
    catchUps.reset(0)
    expect(catchUps.reached(0, 9)).toBeUndefined()
    expect(catchUps.mustAsk(0)).toBe(true)
  })
})

describe('a node is asked', () => {
  test('once for each vbucket, when its stream opens', () => {
    const catchUps = new CatchUps(1)
    expect(catchUps.mustAsk(0)).toBe(true)
    catchUps.answered(0, 5, 100)
    expect(catchUps.mustAsk(0)).toBe(false)
    catchUps.reached(0, 5)
    expect(catchUps.mustAsk(0)).toBe(false)
  })

  test('again after a probe, until an answer that is no older is reached', () => {
    const catchUps = new CatchUps(1)
    catchUps.answered(0, 5, 100)
    catchUps.reached(0, 5)
    catchUps.want(200)
    expect(catchUps.mustAsk(0)).toBe(true)
    catchUps.answered(0, 6, 150)
    expect(catchUps.mustAsk(0)).toBe(true)
    expect(catchUps.reached(0, 6)).toBe(150)
    expect(catchUps.mustAsk(0)).toBe(true)
    catchUps.answered(0, 6, 200)
    expect(catchUps.mustAsk(0)).toBe(false)
    expect(catchUps.reached(0, 6)).toBe(200)
    expect(catchUps.mustAsk(0)).toBe(false)
  })
})
