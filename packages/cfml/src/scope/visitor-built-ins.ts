import type { Compat } from '../settings/settings.ts'

/** What the built-ins of a visitor's scope tell. */
export interface VisitorFacts {
  readonly application: string
  readonly id: string
  readonly created: Date
  readonly lastVisit: Date
  /** Visits, with the one that is. */
  readonly hits: number
}

/** The number that the old systems put beside the id; here it says nothing. */
const token = '0'

/** Names that no variable of a client can have. */
export const clientBuiltInNames: readonly string[] = [
  'cfid',
  'cftoken',
  'urltoken',
  'hitcount',
  'timecreated',
  'lastvisit',
]

/** Names that no variable of a session can have. */
export const sessionBuiltInNames: readonly string[] = [
  'cfid',
  'cftoken',
  'urltoken',
  'sessionid',
  'timecreated',
  'lastvisit',
]

/** The built-ins of a session by name, in their order. */
export function sessionBuiltIns(facts: VisitorFacts, compat: Compat | undefined): Map<string, unknown> {
  const { application, id, created, lastVisit } = facts
  return new Map<string, unknown>([
    ...identity(id),
    ['sessionid', `${application}_${id}_${token}`],
    ...(compat === 'coldfusion' ? [] : times(created, lastVisit)),
  ])
}

/** The built-ins of a client by name, in their order. */
export function clientBuiltIns({ id, created, lastVisit, hits }: VisitorFacts): Map<string, unknown> {
  return new Map<string, unknown>([...identity(id), ['hitcount', hits], ...times(created, lastVisit)])
}

function identity(id: string): readonly (readonly [string, unknown])[] {
  return [
    ['cfid', id],
    ['cftoken', token],
    ['urltoken', `CFID=${id}&CFTOKEN=${token}`],
  ]
}

/** Copies: whoever changes a date in place changes his own. */
function times(created: Date, lastVisit: Date): readonly (readonly [string, unknown])[] {
  return [
    ['timecreated', new Date(created)],
    ['lastvisit', new Date(lastVisit)],
  ]
}
