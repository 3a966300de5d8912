import { expect, test } from 'vitest'
import { behaviourTable } from './behaviour/behaviour-table.ts'

test('every one of the 37 rows of the design is a clause, and no two clauses have one name', () => {
  const names = behaviourTable.map(({ name }) => name)
  const rows = names.flatMap(name => {
    const [, first, last = first] = /^(\d+)(?:–(\d+))? /.exec(name) ?? []
    return first === undefined ? [] : [Number(first), Number(last)]
  })
  expect([...new Set(rows)].toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 37 }, (_, index) => index + 1),
  )
  expect(new Set(names).size).toBe(names.length)
})
