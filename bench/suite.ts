import type { Row } from './rows.ts'

/** How much is measured. */
export interface Effort {
  /** How often each way is measured, alternating with the others. */
  readonly rounds: number
  /** How long one run of the HTTP clients lasts. */
  readonly seconds: number
  /** How many replicas are kept. */
  readonly replicas: number
}

/** What a suite is given. */
export interface SuiteContext {
  readonly effort: Effort
  /** Whether a row of this name is wanted. */
  readonly isWanted: (name: string) => boolean
  /** An empty directory of this run. */
  readonly directory: string
  /** Tells a person at a terminal what is going on. */
  readonly progress: (text: string) => void
}

/** A group of rows that are measured together, in a process of their own. */
export interface Suite {
  /** The rows that it may give, in their order: what `bench name…` selects from. */
  readonly names: readonly string[]
  measure(context: SuiteContext): Promise<readonly Row[]>
}
