import type { State } from '../value/plain-data.ts'
import { type Folded, applyOwnDiff } from './apply.ts'
import { type Diff, type DiffHint, type OwnObjects, makeDiff } from './diff.ts'

/** A diff with the state that it makes of its base. */
export interface Change extends Folded {
  readonly diff: Diff
}

/**
 * `makeDiff` and `applyDiff` in one, and cheaper: the state is the fold of the diff, as every other process will compute it.
 * Undefined when nothing has changed.
 * @throws InvalidStateError naming the path, when `next` holds what cannot be stored.
 */
export function makeChange(base: State, next: unknown, hint: DiffHint): Change | undefined {
  const own: OwnObjects = new Map()
  const diff = makeDiff(base, next, hint, own)
  if (diff === undefined) return undefined
  const { state, newValues } = applyOwnDiff(diff, base, own)
  return { diff, state, newValues }
}
