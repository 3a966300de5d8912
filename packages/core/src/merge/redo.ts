import {
  type ElementName,
  type Operation,
  type OperationPath,
  isElementName,
  isWithin,
  namedBy,
} from '../draft/operation.ts'
import { keyIn, partOf, valueAt } from '../draft/operation-place.ts'
import { Replay } from '../draft/replay.ts'
import type { Path, PathSegment } from '../value/path.ts'
import type { State } from '../value/plain-data.ts'
import type { MergeContest } from './conflict.ts'
import type { Decisions } from './decisions.ts'
import type { Sides } from './place.ts'
import { type PolicyPlace, placeAt } from './policy-table.ts'

/** A merged state to which the ops were done again. */
export interface Redone {
  readonly state: State
  /** Those that were known, and the edited copies of them. */
  readonly newValues: ReadonlySet<object>
  /** Announces the ops that did not find what they were made for. `result`: the state that the merge comes to. */
  announce(result: State): void
}

/** What redoing ops needs besides them. */
export interface RedoContext {
  readonly policies: PolicyPlace
  readonly decisions: Decisions
  /** Containers in the merged state that were put in as new values. */
  readonly newValues: ReadonlySet<object>
}

/**
 * Does the ops again, in order, to what a merge has made without them (merge rule 36): an op meets whatever is there. Where
 * theirs deleted the place it begins anew; where there is nothing to be in it is dropped; where another type is, the policy
 * decides between ours and theirs.
 */
export function redo(
  merged: unknown,
  ops: readonly Operation[],
  sides: Sides<State>,
  { policies, decisions, newValues: known }: RedoContext,
): Redone {
  const newValues = new Set(known)
  const replay = new Replay(merged, (original, copy) => {
    if (newValues.has(original)) newValues.add(copy)
  })
  const decided: OperationPath[] = []
  const strayed: Operation[] = []
  for (const op of ops) {
    const { path } = op
    if (decided.some(place => isWithin(path, place))) continue
    const isThere = valueAt(replay.value, path) !== undefined
    const fault = replay.perform(op)
    const ours = valueAt(sides.ours, path)
    if (fault?.type === 'type' && ours !== undefined) {
      const { decider } = placeAt(policies, nameIn(sides, path, policies))
      replay.put(path, decisions.decide(contestAt(path, sides, policies), decider))
      decided.push(path)
      continue
    }
    if (fault?.type === 'absent') {
      replay.put(path, ours instanceof Set ? new Set() : [])
      replay.perform(op)
    }
    const isStray = fault !== undefined || (!isThere && valueAt(sides.base, path) !== undefined)
    if (isStray && !strayed.some(other => other.path.length === path.length && isWithin(path, other.path)))
      strayed.push(op)
  }
  return {
    state: replay.finish() as State,
    newValues,
    announce(result) {
      for (const { name, path } of strayed) {
        decisions.announce(contestAt(path, sides, policies), name, valueAt(result, path))
      }
    },
  }
}

function contestAt(path: OperationPath, sides: Sides<State>, policies: PolicyPlace): MergeContest {
  const { base, ours, theirs } = sides
  return {
    path: nameIn(sides, path, policies),
    kind: 'op',
    base: valueAt(base, path),
    ours: valueAt(ours, path),
    theirs: valueAt(theirs, path),
  }
}

/** The path as conflicts name it (merge rule 33): an element by its key in a list by key, else by its index in the base. */
function nameIn({ base, ours }: Sides<State>, path: OperationPath, policies: PolicyPlace): Path {
  let place = policies
  let before: unknown = base
  let now: unknown = ours
  return path.map(segment => {
    const [beforeKey, nowKey] = [keyIn(before, segment), keyIn(now, segment)]
    before = partOf(before, beforeKey)
    now = partOf(now, nowKey)
    const key = isElementName(segment) ? elementKey(segment, place, beforeKey ?? nowKey) : segment
    place = place.at(key)
    return key
  })
}

function elementKey(name: ElementName, { listKey }: PolicyPlace, index: PathSegment | undefined): PathSegment {
  const [property, value] = namedBy(name)
  return listKey === property ? value : (index ?? value)
}
