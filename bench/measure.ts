import { childInput, tellParent } from './child.ts'
import type { Row } from './rows.ts'
import { isSelected } from './selection.ts'
import type { Effort } from './suite.ts'
import { suites } from './suites.ts'

/** What is to be measured. */
export interface MeasureInput {
  readonly suite: string
  readonly selection: readonly string[]
  readonly effort: Effort
  readonly directory: string
}

/** What a suite says while it runs. */
export type MeasureMessage =
  { readonly type: 'progress'; readonly text: string } | { readonly type: 'rows'; readonly rows: readonly Row[] }

// The program that runs one suite, in a process of its own: what one has compiled and allocated is no other's concern.
const { suite: name, selection, effort, directory } = childInput() as MeasureInput
const suite = suites[name]
if (suite === undefined) throw new Error(`There is no suite ${name}.`)
const isWanted = (row: string): boolean => isSelected(row, selection)
const rows = await suite.measure({
  effort,
  directory,
  isWanted,
  progress: text => tell({ type: 'progress', text }),
})
tell({ type: 'rows', rows: rows.filter(row => isWanted(row.name)) })

function tell(message: MeasureMessage): void {
  tellParent(message)
}
