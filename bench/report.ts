import type { Row } from './rows.ts'

/** The rows as a table for people. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ name, value, unit, budget, ok, note }) => [
    name,
    value === null ? '–' : String(value),
    unit,
    budget ?? '',
    ok === null ? '' : ok ? 'ok' : 'NOT OK',
    note,
  ])
  const table = [['row', 'value', 'unit', 'budget', '', 'note'], ...cells]
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...table.map(line => line[column]?.length ?? 0)))
  return table.map(line =>
    line
      .map((cell, column) => aligned(cell, column, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Shows what is going on, in one line of a terminal that the next text replaces; nothing where there is no terminal. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`)
}

function aligned(cell: string, column: number, width: number): string {
  return column === 1 ? cell.padStart(width) : cell.padEnd(width)
}
