import { type Draft, Immer, current, enableMapSet, enablePatches, isDraft, isModified } from 'immer'
import { type Change, makeChange } from '../diff/change.ts'
import type { DeclaredPlace } from '../diff/declared-place.ts'
import type { Diff } from '../diff/diff.ts'
import { InvalidArgumentError, InvalidStateError, ScopesError } from '../errors.ts'
import { kindOf } from '../value/kind.ts'
import { findInState } from '../value/entries.ts'
import { type Path, formatPath } from '../value/path.ts'
import type { State } from '../value/plain-data.ts'
import { restoreBytes } from '../value/stored-bytes.ts'
import { ImmutableDateError } from '../value/stored-date.ts'
import { countedOperations } from './counted-operations.ts'
import type { Operation } from './operation.ts'
import { type OperationLog, keepLog, openLog, whileRunning } from './operation-log.ts'

/** A state as a recipe may change it. */
export type { Draft } from 'immer'

/** What a draft changed. */
export interface Recorded {
  /** What makes `state` of the draft's base. */
  readonly diff: Diff
  /** The base with the diff folded into it, as every other process will compute it. */
  readonly state: State
  /** The containers in it that were put in as new values (merge rule 14). */
  readonly newValues: ReadonlySet<object>
  /** The ops that alone explain what changed at their places, in the order of the calls. */
  readonly ops: readonly Operation[]
}

/** A draft that is open for a while. */
export interface RecordingDraft<S extends object> {
  /** To be changed like a plain object; it throws after `finish` or `discard`. */
  readonly value: Draft<S>

  /**
   * What was changed so far; the draft goes on. Undefined when that is nothing.
   * @throws InvalidStateError when it holds what cannot be stored.
   */
  peek(): Recorded | undefined

  /**
   * Afterwards the draft is closed. Returns undefined when nothing changed.
   * @throws InvalidStateError when it holds what cannot be stored; the changes are lost then.
   */
  finish(): Recorded | undefined

  /** Afterwards the draft is closed and nothing of it is left. */
  discard(): void
}

enablePatches()
enableMapSet()

const immer = new Immer()
const anchor = Object.freeze({})

/**
 * What the recipe changed in the base; undefined when that is nothing. The recipe runs once and at once; what it throws
 * is thrown on. `declared`: what the definition says of its places.
 * @throws InvalidStateError naming the path, when it put in what cannot be stored.
 * @throws InvalidArgumentError when it returns a promise, or a new state instead of changing the draft.
 */
export function record(base: State, recipe: (draft: never) => unknown, declared?: DeclaredPlace): Recorded | undefined {
  const log = openLog(createDraft(base))
  const draft = recording(base, log, declared)
  try {
    checkReturned(
      whileRunning(log, () => recipe(draft.value as never)),
      draft.value,
    )
  } catch (error) {
    draft.discard()
    throw error instanceof ImmutableDateError ? atItsPath(error, base) : error
  }
  return draft.finish()
}

/** A draft of the base: it stays as it is. `declared`: what the definition says of its places. */
export function openDraft<S extends object>(base: State, declared?: DeclaredPlace): RecordingDraft<S> {
  const log = openLog(createDraft(base))
  keepLog(log)
  return recording(base, log, declared)
}

function recording<S extends object>(
  base: State,
  log: OperationLog,
  declared: DeclaredPlace | undefined,
): RecordingDraft<S> {
  const { draft } = log
  const recorded = (next: unknown, paths: readonly Path[]): Change | undefined =>
    next === base ? undefined : makeChange(base, next, { type: 'assigned', paths, declared })
  return {
    value: draft as Draft<S>,
    peek: () => (isModified(draft) ? withOps(base, recorded(current(draft), []), log) : undefined),
    finish() {
      if (log.isClosed) throw new InvalidArgumentError('This draft is closed: open a new one.')
      log.isClosed = true
      return withOps(base, finish(base, draft, recorded), log)
    },
    discard() {
      if (!log.isClosed) revoke(draft)
      log.isClosed = true
    },
  }
}

function withOps(base: State, plain: Change | undefined, { operations }: OperationLog): Recorded | undefined {
  if (plain === undefined) return undefined
  const { diff, state, newValues } = plain
  return { diff, state, newValues, ops: countedOperations(base, state, operations) }
}

/**
 * immer freezes what the caller put in, unless the draft was made inside another producer: then it leaves that to the
 * outer one, which here has nothing to do with it. Its option `autoFreeze: false` would do the same, but also makes it
 * forget drafts that stand at several places of a new object: they would be left there, revoked.
 */
function createDraft(base: State): object {
  let draft: object = anchor
  immer.produce(anchor, () => {
    draft = immer.createDraft(base)
  })
  return draft
}

function checkReturned(returned: unknown, draft: object): void {
  if (typeof returned !== 'object' || returned === null || isDraft(returned)) return
  if (typeof (returned as PromiseLike<unknown>).then === 'function') {
    // Nobody will wait for it any more; that it fails, because its draft is gone, must not end the process.
    void Promise.resolve(returned).then(undefined, () => undefined)
    throw new InvalidArgumentError('A recipe must be synchronous, but it returned a promise. Nothing was recorded.')
  }
  // After a change the value of `draft => (draft.user = { … })` is no attempt at a new state.
  if (kindOf(returned) === 'object' && !isModified(draft)) {
    throw new InvalidArgumentError(
      'A recipe must change the draft, but it returned a new object. Nothing was recorded.',
    )
  }
}

function finish(
  base: State,
  draft: object,
  recorded: (next: unknown, paths: readonly Path[]) => Change | undefined,
): Change | undefined {
  let paths: Path[] = []
  try {
    const next: unknown = immer.finishDraft(draft, patches => {
      paths = patches.map(({ path }) => path)
    })
    checkBytes(base)
    return recorded(next, paths)
  } catch (error) {
    if (error instanceof ScopesError) throw error
    throw new InvalidStateError(
      'The draft cannot be finished: it may hold itself, or a draft that was closed before.',
      {
        path: [],
        cause: error,
      },
    )
  }
}

function revoke(draft: object): void {
  try {
    immer.finishDraft(draft)
  } catch {
    // What it would have become does not matter any more.
  }
}

function checkBytes(base: State): void {
  const path = restoreBytes(base)
  if (path === undefined) return
  throw new InvalidStateError(`${formatPath(path)} was changed in place: assign a new Uint8Array. It is as it was.`, {
    path,
  })
}

function atItsPath(error: ImmutableDateError, base: State): InvalidStateError {
  const path = findInState(base, error.date) ?? []
  return new InvalidStateError(`${formatPath(path)}: ${error.message}`, { path, cause: error })
}
