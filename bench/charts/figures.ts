import { readFile, writeFile } from 'node:fs/promises'
import type { Row } from '../rows.ts'

/** A recorded figure: what the charts and the tables of the documents show. */
export interface RecordedFigure {
  readonly value: number
  readonly unit: string
  /** The day, as `2026-11-28`. */
  readonly measured: string
}

/** By the name of their rows. */
export type RecordedFigures = Readonly<Record<string, RecordedFigure>>

const file = new URL('../figures.json', import.meta.url)

/** The figures of `figures.json`. */
export async function readFigures(): Promise<RecordedFigures> {
  return JSON.parse(await readFile(file, 'utf8')) as RecordedFigures
}

/** Afterwards the file has the values of these rows too, in place of earlier ones of their names. Rows without a value change nothing. */
export async function recordFigures(rows: readonly Row[], measured: string): Promise<RecordedFigures> {
  const figures = new Map(Object.entries(await readFigures()))
  for (const { name, value, unit } of rows) if (value !== null) figures.set(name, { value, unit, measured })
  const sorted = [...figures].sort(([one], [other]) => (one < other ? -1 : 1))
  await writeFile(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
  return Object.fromEntries(sorted)
}
