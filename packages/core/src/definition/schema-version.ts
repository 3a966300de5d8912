import { InvalidArgumentError, InvalidStateError, UnreadableDocumentError } from '../errors.ts'
import { reconcile } from '../merge/reconcile.ts'
import { type State, captureRoot } from '../value/plain-data.ts'

/**
 * Functions from one shape of a state to the next, by schema version. Each gets frozen data and returns another state: it
 * is synchronous, and the same state gives the same result in every process.
 */
export type SchemaSteps = Readonly<Record<number, Step['step']>>

/** The shapes of the states of one kind, as a process knows them. */
export interface SchemaVersions {
  /** The schema version of what this process works with: `version`. */
  readonly current: number
  /** What this process writes where nothing newer is stored: `version`, or the oldest version that `downcast` leads to. */
  readonly written: number

  /**
   * A stored state in the shape of this process: the state itself where that is its version, else made once and kept
   * with it. What the steps left alone is the same object in both.
   * @throws UnreadableDocumentError when the version is not known here, or a step fails.
   */
  upcast(state: State, from: number): State

  /**
   * A state of this process in the shape of an older version; the state itself where that is the current one.
   * @throws InvalidStateError when a step fails.
   */
  downcast(state: State, to: number): State
}

/** How the versions of a kind are declared. */
export interface SchemaVersionOptions {
  readonly version: number
  readonly upcast: SchemaSteps | undefined
  readonly downcast: SchemaSteps | undefined
}

/** The declared versions. @throws InvalidArgumentError that names the step which is missing, no function, or for no version */
export function schemaVersions(kind: string, { version, upcast = {}, downcast }: SchemaVersionOptions): SchemaVersions {
  checkSteps('upcast', upcast, 1, version)
  const written = downcast ? oldestOf(downcast, version) : version
  if (downcast) checkSteps('downcast', downcast, written, version)
  const known = new WeakMap<State, { readonly from: number; readonly state: State }>()
  return Object.freeze({
    current: version,
    written,
    upcast(stored: State, from: number) {
      if (from === version) return stored
      const kept = known.get(stored)
      if (kept?.from === from) return kept.state
      if (from > version) throw newer(kind, from, version)
      // Equal parts are shared, so that a diff to the new shape is no larger than what the steps changed.
      const { state } = reconcile(stored, runUp(kind, upcast, stored, from, version))
      known.set(stored, { from, state })
      return state
    },
    downcast: (state: State, to: number) =>
      to === version ? state : runDown(kind, downcast ?? {}, state, to, version),
  })
}

// A method: so a step may name the shape that it gets.
interface Step {
  step(state: object): object
}

function oldestOf(downcast: SchemaSteps, version: number): number {
  return Math.min(version - 1, ...Object.keys(downcast).map(Number).filter(Number.isSafeInteger))
}

/** There is a step for each version from `first` to the one below `version`, and nothing else. */
function checkSteps(option: string, steps: unknown, first: number, version: number): void {
  if (typeof steps !== 'object' || steps === null || Array.isArray(steps)) {
    throw new InvalidArgumentError(`${option} must be an object with one function for each older version.`)
  }
  const given = new Map(Object.entries(steps))
  for (let from = Math.max(first, 1); from < version; from++) {
    const step: unknown = given.get(String(from))
    if (!given.delete(String(from))) throw new InvalidArgumentError(`${option} lacks the step for version ${from}.`)
    if (typeof step !== 'function') throw new InvalidArgumentError(`${option}[${from}] must be a function.`)
  }
  const [other] = given.keys()
  if (other !== undefined) {
    throw new InvalidArgumentError(`${option} has a step "${other}"; it has steps for versions below ${version} only.`)
  }
  if (version === 1 && option === 'downcast')
    throw new InvalidArgumentError(
      'downcast is for a version over 1: give defineScope a version, or leave downcast out.',
    )
}

function runUp(kind: string, upcast: SchemaSteps, stored: State, from: number, version: number): State {
  let state = stored
  for (let at = from; at < version; at++) {
    try {
      state = take(upcast[at], state)
    } catch (cause) {
      throw new UnreadableDocumentError(
        `A ${kind} scope of schema version ${from} cannot be shown: its upcast from version ${at} failed (${saying(cause)}).`,
        { cause },
      )
    }
  }
  return state
}

function runDown(kind: string, downcast: SchemaSteps, current: State, to: number, version: number): State {
  let state = current
  for (let at = version - 1; at >= to; at--) {
    try {
      state = take(downcast[at], state)
    } catch (cause) {
      throw new InvalidStateError(
        `A ${kind} scope cannot be written as schema version ${to}: its downcast to version ${at} failed (${saying(cause)}).`,
        { path: [], cause },
      )
    }
  }
  return state
}

/** @throws what the step throws, or InvalidStateError when it makes what cannot be stored */
function take(step: Step['step'] | undefined, state: State): State {
  if (step === undefined) throw new InvalidArgumentError('There is no such step.')
  const made: unknown = step(state)
  // Nobody waits for a promise; it is refused, and that it fails must not end the process.
  if (made instanceof Promise) void made.then(undefined, () => undefined)
  return captureRoot(made)
}

function saying(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function newer(kind: string, version: number, known: number): UnreadableDocumentError {
  return new UnreadableDocumentError(
    `The ${kind} scope is of schema version ${version}, and this process knows versions up to ${known}: it is left as it is. Deploy this process anew.`,
  )
}
