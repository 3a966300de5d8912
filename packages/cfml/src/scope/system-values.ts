/** The one property of a stored scope that is not a variable: what the package keeps of it. Never listed, and refused on write. */
export const systemKey = '$cfml'

/** A variable that is no variable of the visitor's: the tokens of `csrfGenerateToken`. Not listed either. */
export const csrfKey = 'csrf_token'

/** Of a session and a client. */
interface VisitValues {
  /** When it was begun; undefined until the first commit. */
  created?: Date
  /** When the last visit ended. */
  lastVisit?: Date
  /** How many visits there were. */
  hits: number
}

/** Of an application (lease protocol §5). */
export interface RunValues {
  /** When it is over if nobody uses it: milliseconds since 1970. */
  deadline: number
  /** The newest use lease that was told of here: an end by an older holder of the lease is none (A4, A5). */
  use: bigint
  /** Somebody wants it to end: who uses it begins no more requests. */
  isStopping?: boolean
  /** It has been decided that it ends: whoever sees this ends it. The word says why. */
  ending?: 'idle' | 'stopped'
}

/** A session or a client as it is stored. */
export type VisitorState = Record<string, unknown> & { [systemKey]: VisitValues }

/** An application as it is stored. */
export type ApplicationState = Record<string, unknown> & { [systemKey]: RunValues }

/** The server scope as it is stored. */
export type ServerState = Record<string, unknown>
