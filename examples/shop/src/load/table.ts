import type { LoadRow } from './tally.ts'

const titles: Readonly<Record<keyof LoadRow, string>> = {
  shape: 'shape',
  expected: 'expected',
  seen: 'seen',
  lost: 'lost',
  revived: 'revived',
  requestsPerSecond: 'requests/s',
  p99Ms: 'p99 ms',
}

/** The line above the rows. */
export function headLine(): string {
  return lineOf(titles)
}

/** One row of the table. */
export function rowLine(row: LoadRow): string {
  return lineOf({ ...row, p99Ms: row.p99Ms.toFixed(1) })
}

function lineOf(cells: Readonly<Record<keyof LoadRow, string | number>>): string {
  const { shape, ...numbers } = cells
  return [shape.toString().padEnd(18), ...Object.values(numbers).map(cell => String(cell).padStart(12))].join('')
}
