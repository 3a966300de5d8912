import { ScopesError } from '@scopes/core'

/**
 * `error.type` of an operation that has failed: the code of the error. Its message is told nowhere, for it names the scope, and the
 * id of a session is as good as a password.
 */
export function errorType(error: unknown): string {
  if (error instanceof ScopesError) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}

/** A traced operation, as Node has completed it when it has ended. */
export interface Ended {
  readonly result?: unknown
  /** There where it has rejected. */
  readonly error?: unknown
}

/** Whether the write that failed may have happened all the same. */
export function outcomeOf(error: unknown): 'none' | 'unknown' | undefined {
  return error instanceof ScopesError ? error.outcome : undefined
}
