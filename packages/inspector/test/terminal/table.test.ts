import { expect, test } from 'vitest'
import { Table } from '../../src/terminal/table.ts'

test('one long cell takes its room and leaves the others where they are seen', async () => {
  const lines: string[] = []
  const table = new Table([{ title: 'KEY' }, { title: 'SIZE', align: 'right' }], async line => void lines.push(line))
  const long = 'x'.repeat(200)
  for (const key of ['a', long, 'b']) await table.add([key, '1 B'])
  await table.end()
  expect(lines).toEqual([
    `${'KEY'.padEnd(80)}  SIZE`,
    `${'a'.padEnd(80)}   1 B`,
    `${long}   1 B`,
    `${'b'.padEnd(80)}   1 B`,
  ])
})
