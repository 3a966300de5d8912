import { deepEqual } from '../value/equal.ts'
import type { State } from '../value/plain-data.ts'
import { type Operation, noOperations } from './operation.ts'
import { type OperationGroup, groupOperations } from './operation-groups.ts'
import { findPlace } from './operation-place.ts'
import { Replay } from './replay.ts'

/**
 * The ops that alone make of `base` what `state` is at their places (merge rule 35). Where a plain edit was mixed in, the
 * difference says more than they do. Costs what the ops cost, and a comparison of the places that they changed.
 */
export function countedOperations(base: State, state: State, operations: readonly Operation[]): readonly Operation[] {
  if (operations.length === 0) return noOperations
  const groups = groupOperations(operations)
  const counted = groups.filter(group => explains(group, base, state))
  if (counted.length === groups.length) return [...operations]
  if (counted.length === 0) return noOperations
  const isCounted = new Set(counted.flatMap(group => group.operations))
  return operations.filter(operation => isCounted.has(operation))
}

function explains({ path, operations }: OperationGroup, base: State, state: State): boolean {
  const [before, after] = [findPlace(base, path), findPlace(state, path)]
  if (!before.isThere || !after.isThere) return false
  // Of two elements with the same name nobody could say in another state which one was meant.
  if (!before.isUnambiguous || !after.isUnambiguous) return false
  const replay = new Replay(before.value)
  const isDone = operations.every(operation => replay.perform(inside(operation, path.length)) === undefined)
  return isDone && deepEqual(replay.value, after.value)
}

function inside({ name, path, args }: Operation, depth: number): Operation {
  return { name, path: path.slice(depth), args }
}
