import { describe, expect, test } from 'vitest'
import { behaviours } from '../behaviours/behaviours.ts'
import { shownIn } from './shown.ts'
import { behaviourTable } from './table.ts'

test('there are 58 behaviours, each with a number of its own, in order', () => {
  expect(behaviours.map(({ number }) => number)).toEqual(Array.from({ length: 58 }, (_, index) => index + 1))
  for (const each of behaviours)
    for (const text of [each.text, each.lucee, each.coldfusion]) expect(text).toMatch(/\S/u)
})

const result = (title: string, status = 'passed') => ({ title, status })
const reportOf = (...assertionResults: object[]) => ({ testResults: [{ assertionResults }] })

describe('what a run showed', () => {
  test('is read from the titles of tests; others are passed over', () => {
    const report = reportOf(
      result('7. Given (a) new session. — part (sqlite)'),
      result('58. amount (memory)', 'failed'),
      result('7. on no store that counts (redis)'),
      result('another test'),
    )
    expect(shownIn(report)).toEqual([
      { number: 7, store: 'sqlite', hasPassed: true },
      { number: 58, store: 'memory', hasPassed: false },
    ])
  })

  test.each([undefined, null, 'text', {}, { testResults: [{}] }])('what is no report is refused: %j', report => {
    expect(() => shownIn(report)).toThrow('no report')
  })
})

/** What the row of a behaviour says of us. */
const ours = (number: number, page: string): string | undefined =>
  page
    .split('\n')
    .find(line => line.startsWith(`| ${number} `))
    ?.split(' | ')
    .at(-1)
    ?.replace(' |', '')
    .trim()

describe('the table', () => {
  test('names the stores of each behaviour, and what was not shown', () => {
    const page = behaviourTable([
      { number: 1, store: 'couchbase', hasPassed: true },
      { number: 1, store: 'memory', hasPassed: true },
    ])
    expect(ours(1, page)).toBe('memory, Couchbase')
    expect(ours(2, page)).toBe('not shown')
  })

  test('one test that fails on a store is a failure there', () => {
    const page = behaviourTable([
      { number: 1, store: 'memory', hasPassed: true },
      { number: 1, store: 'sqlite', hasPassed: true },
      { number: 1, store: 'sqlite', hasPassed: false },
    ])
    expect(ours(1, page)).toBe('FAILS: SQLite')
  })

  test('all rows have the same width', () => {
    const lines = behaviourTable([])
      .split('\n')
      .filter(line => line.startsWith('|'))
    expect(lines).toHaveLength(60)
    expect(new Set(lines.map(line => line.length)).size).toBe(1)
  })
})
