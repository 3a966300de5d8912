import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, retryMs, turnPauseMs } from '../../src/commit/backoff.ts'
import type { View } from '../../src/commit/commit-state.ts'
import { Turns } from '../../src/commit/turns.ts'
import { propertySettings } from '../document/property-settings.ts'
import { live, tokenOf } from './documents.ts'

/** A document whose commits were made by the processes of these letters, the first of them its snapshot. */
function by(writers: string, life = 'L1'): View {
  const document = live(writers, life)
  const tail = document.tail.map((record, index) => ({ ...record, origin: { process: writers[index + 1] ?? '' } }))
  return { document: { ...document, tail }, token: tokenOf(writers.length) }
}

function turnsAfter(writers: string): Turns {
  const turns = new Turns()
  turns.begin(by('x'))
  turns.note(by(`x${writers}`), 0)
  return turns
}

describe('the turn', () => {
  test('is that of the process that has gone longest without a commit', () => {
    const turns = turnsAfter('abcb')
    expect(['a', 'c', 'b'].map(process => turns.ahead(process, 0))).toEqual([0, 1, 2])
    turns.note(by('xabcba'), 1)
    expect(['c', 'b', 'a'].map(process => turns.ahead(process, 1))).toEqual([0, 1, 2])
  })

  test('of a process that nobody has seen is now', () => {
    expect(turnsAfter('ab').ahead('new', 0)).toBe(0)
    expect(turnsAfter('ab').rivals('new', 0)).toBe(2)
  })

  test('is not kept for a process that stopped writing 100 ms ago', () => {
    const turns = turnsAfter('ab')
    expect(turns.ahead('b', 100)).toBe(1)
    expect(turns.ahead('b', 101)).toBe(0)
    expect(turns.rivals('b', 101)).toBe(0)
  })

  test('goes by what was committed since it began to look: what is older in the document does not count', () => {
    const turns = new Turns()
    turns.begin(by('xaaab'))
    expect(turns.note(by('xaaabc'), 0)).toBe(true)
    expect(turns.rivals('c', 0)).toBe(0)
    expect(turns.note(by('xaaabc'), 0)).toBe(false)
  })

  test('is anybody’s after another life or a rollback, and where nothing is stored', () => {
    const turns = turnsAfter('abc')
    turns.note(by('xy', 'L2'), 0)
    expect(turns.rivals('z', 0)).toBe(0)
    const rolledBack = turnsAfter('abc')
    rolledBack.note(by('xa'), 0)
    expect(rolledBack.rivals('z', 0)).toBe(0)
    expect(turnsAfter('a').note(undefined, 0)).toBe(false)
  })

  test('is the same for all processes that have read the same document', () => {
    const writers = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(writers, fc.nat(20), (text, cut) => {
        const atOnce = turnsAfter(text)
        const stepwise = turnsAfter(text.slice(0, cut))
        stepwise.note(by(`x${text}`), 0)
        const order = [...new Set([...text].reverse())].reverse()
        for (const turns of [atOnce, stepwise]) {
          expect(order.map(process => turns.ahead(process, 0))).toEqual(order.map((_, index) => index))
        }
      }),
      propertySettings(200),
    )
  })
})

describe('a pause', () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

  test('is none when it is one’s turn, and a millisecond for each one ahead, less up to half of one', () => {
    expect(turnPauseMs({ ahead: 0, rivals: 3, wasDisputed: false }, 0.9)).toBe(0)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), random, (ahead, chance) => {
        const pause = turnPauseMs({ ahead, rivals: 50, wasDisputed: chance > 0.5 }, chance)
        expect(pause).toBeLessThanOrEqual(ahead)
        expect(pause).toBeGreaterThanOrEqual(ahead - 0.5)
      }),
      propertySettings(200),
    )
  })

  test('has full jitter over a round where others were faster out of turn', () => {
    expect(turnPauseMs({ ahead: 0, rivals: 3, wasDisputed: true }, 0)).toBe(0)
    expect(turnPauseMs({ ahead: 0, rivals: 3, wasDisputed: true }, 0.5)).toBe(2)
  })

  test('after failures of the store has full jitter, doubles with each of them and stays below 50 ms', () => {
    expect([1, 2, 3, 4, 5, 100].map(failures => backoffMs(failures, 1))).toEqual([8, 16, 32, 50, 50, 50])
    expect([1, 100].map(failures => backoffMs(failures, 0))).toEqual([0, 0])
    expect(backoffMs(2, 0.25)).toBe(4)
  })

  test('of an end or a renewal that lost has full jitter below 4 ms', () => {
    expect([0, 0.5, 1].map(retryMs)).toEqual([0, 2, 4])
  })
})
