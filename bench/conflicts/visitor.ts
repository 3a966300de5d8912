import type { Request } from 'express'

/** What is counted in a session. */
export interface Counts {
  readonly hits: number
  /** A number for each client. */
  readonly own: Readonly<Record<string, number>>
}

/** What one library does for the requests of this comparison, written as its own documentation would have it. */
export interface Visitor {
  /** Adds one to the same number as everybody; `between` stands for what a handler awaits between reading and writing. */
  hit(request: Request, between: () => Promise<void>): Promise<void>
  /** Adds one to the number of that client. */
  hitOwn(request: Request, client: string, between: () => Promise<void>): Promise<void>
  logOut(request: Request): Promise<void>
  /** What is stored; undefined when no session is, or it is a fresh one. */
  read(request: Request): Promise<Counts | undefined>
}
