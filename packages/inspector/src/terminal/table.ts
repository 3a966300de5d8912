/** A column of a table. */
export interface Column {
  readonly title: string
  /** Numbers stand at the right. Default: left. */
  readonly align?: 'left' | 'right' | undefined
}

/** So many rows are looked at before the first is printed. */
const measured = 200

/** No column is wider because of them, so that one long key does not push the others out of sight. */
const widest = 80

/**
 * A table that is printed as its rows come: the first of them say how wide the columns are, a later cell that is wider takes
 * its room. Call `end` when all rows have been added.
 */
export class Table {
  readonly #columns: readonly Column[]
  readonly #print: (line: string) => Promise<void>
  #waiting: (readonly string[])[] | undefined = []
  #widths: readonly number[] = []

  constructor(columns: readonly Column[], print: (line: string) => Promise<void>) {
    this.#columns = columns
    this.#print = print
  }

  /** One cell for each column. */
  async add(cells: readonly string[]): Promise<void> {
    if (this.#waiting === undefined) return this.#print(this.#line(cells))
    this.#waiting.push(cells)
    if (this.#waiting.length >= measured) await this.end()
  }

  /** Afterwards everything is printed; of a table without rows not even the titles are. */
  async end(): Promise<void> {
    const rows = this.#waiting ?? []
    this.#waiting = undefined
    if (rows.length === 0) return
    const table = [this.#columns.map(({ title }) => title), ...rows]
    this.#widths = this.#columns.map((_, column) =>
      Math.min(widest, Math.max(...table.map(row => row[column]?.length ?? 0))),
    )
    for (const row of table) await this.#print(this.#line(row))
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((cell, column) => {
        const width = this.#widths[column] ?? 0
        return this.#columns[column]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  }
}
