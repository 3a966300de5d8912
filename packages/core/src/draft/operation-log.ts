import { type Operation, noOperations } from './operation.ts'

/** The ops that were called on one draft, in order. */
export interface OperationLog {
  /** The root draft. */
  readonly draft: object
  operations: readonly Operation[]
  /** Nothing is recorded any more. */
  isClosed: boolean
  /** That of a recipe inside which this one runs. */
  outer: OperationLog | undefined
}

/** The log of the recipe that is running. */
let running: OperationLog | undefined

// To put a draft here costs a third of a microsecond, which a recipe, whose draft lives as long as it runs, is spared.
const ofOpenDrafts = new WeakMap<object, OperationLog>()

/** A log for this draft, which has to be made known by `whileRunning` or `keepLog`. */
export function openLog(draft: object): OperationLog {
  return { draft, operations: noOperations, isClosed: false, outer: undefined }
}

/** Afterwards the op is the last one in the log. */
export function addOperation(log: OperationLog, operation: Operation): void {
  if (log.operations.length > 0) (log.operations as Operation[]).push(operation)
  else log.operations = [operation]
}

/** Afterwards the log is found by its draft for as long as that lives. */
export function keepLog(log: OperationLog): void {
  ofOpenDrafts.set(log.draft, log)
}

/** Runs a recipe; until it returns, the log is found by its draft. */
export function whileRunning<T>(log: OperationLog, recipe: () => T): T {
  log.outer = running
  running = log
  try {
    return recipe()
  } finally {
    running = log.outer
  }
}

/** The log of this draft; undefined: it is none, it is a part of one, or it is closed. */
export function logOf(draft: unknown): OperationLog | undefined {
  if (typeof draft !== 'object' || draft === null) return undefined
  for (let log = running; log; log = log.outer) if (log.draft === draft) return log
  const kept = ofOpenDrafts.get(draft)
  return kept?.isClosed ? undefined : kept
}
