import { existsSync } from 'node:fs'

// The reported cases of other libraries' users: data beside the repository, not in it.

/** A value, and what storing it must give. */
export interface ReportedValue {
  readonly id: string
  make(): unknown
  readonly expect: 'faithful' | 'same' | 'refused' | 'either'
  readonly allowed?: readonly unknown[]
  readonly path?: readonly unknown[]
}

/** An edit of a state, and what must come of it. */
export interface ReportedEdit {
  readonly id: string
  base(): Record<string, unknown>
  recipe(draft: unknown): unknown
  after?(): unknown
  readonly expect?: 'same' | 'refused' | 'either'
  readonly allowed?: readonly unknown[]
  readonly noWrite?: boolean
  readonly shared?: { n: number }
}

const file = new URL('../../../../shared/reported-cases/values.mjs', import.meta.url)

/** Whether they are at hand. */
export const hasReportedCases: boolean = existsSync(file)

const loaded = hasReportedCases
  ? ((await import(file.href)) as { values: ReportedValue[]; edits: ReportedEdit[]; hostilePatches: unknown[] })
  : undefined

export const reportedValues: readonly ReportedValue[] = loaded?.values ?? []
export const reportedEdits: readonly ReportedEdit[] = loaded?.edits ?? []
