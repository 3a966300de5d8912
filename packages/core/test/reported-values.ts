import { existsSync } from 'node:fs'

// The reported cases of other libraries' users: data beside the repository, not in it.

/** A value, and what storing it must give. */
export interface ReportedValue {
  readonly id: string
  readonly make: () => unknown
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

/** A change whose path would pollute an object of everybody. */
export interface HostilePatch {
  readonly patch: { readonly path: readonly unknown[] }
}

const file = new URL('../../../../shared/reported-cases/values.mjs', import.meta.url)

/** Whether they are at hand. */
export const hasReportedCases: boolean = existsSync(file)

const loaded = hasReportedCases
  ? ((await import(file.href)) as { values: ReportedValue[]; edits: ReportedEdit[]; hostilePatches: HostilePatch[] })
  : undefined

export const reportedValues: readonly ReportedValue[] = loaded?.values ?? []
export const reportedEdits: readonly ReportedEdit[] = loaded?.edits ?? []
export const hostilePatches: readonly HostilePatch[] = loaded?.hostilePatches ?? []
