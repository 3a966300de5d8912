/** The applications that are compared. */
export const contestants = {
  /** express alone: what a request costs without any session. */
  express: 'Express 5, no session',
  /** The reference of the budgets. */
  'express-session-redis': 'express-session + connect-redis',
  'express-session-memory': 'express-session + MemoryStore',
  /** One changed line: the application above with another store. */
  'express-session-scopes': 'express-session + ScopesStore on SQLite',
  'scopes-sqlite': '@scopes/http on SQLite',
  'scopes-memory': '@scopes/http on memory',
  'scopes-cfml': '@scopes/cfml on SQLite',
} as const

/** The name of an application that is compared. */
export type Contestant = keyof typeof contestants

/** What the clients do. */
export const workloads = {
  'counter-rmw': { method: 'POST', path: '/counter', title: 'counter, read-modify-write', budget: 1.5 },
  'counter-read': { method: 'GET', path: '/counter', title: 'counter, read only', budget: undefined },
  'objects-rmw': { method: 'POST', path: '/objects', title: '100 objects, read-modify-write', budget: 4 },
  'objects-read': { method: 'GET', path: '/objects', title: '100 objects, read only', budget: 4 },
} as const

/** The name of what the clients do. */
export type Workload = keyof typeof workloads

/** The answer of every application to every request: the number that the workload changes. */
export interface Answer {
  readonly number: number
}
