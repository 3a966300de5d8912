import type { Folded } from '../diff/apply.ts'
import type { Recorded } from '../draft/record.ts'
import type { Operation, OperationPath } from '../draft/operation.ts'
import { groupOperations } from '../draft/operation-groups.ts'
import { keyIn, partOf } from '../draft/operation-place.ts'
import { same } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import type { State } from '../value/plain-data.ts'
import { holdsBytes } from '../value/stored-bytes.ts'

/**
 * What was recorded, without the ops: their places are as in the base (merge rule 36). A container of which only ops had
 * changed anything is the base's very own again, so that a merge sees that nothing else happened to it.
 */
export function putBack(base: State, { state, newValues }: Recorded, ops: readonly Operation[]): Folded {
  const marks = new Set(newValues)
  let plain: unknown = state
  for (const { path } of groupOperations(ops)) plain = putBackAt(base, plain, path, marks)
  return { state: plain as State, newValues: marks }
}

function putBackAt(base: unknown, ours: unknown, path: OperationPath, marks: Set<object>): unknown {
  const [segment, ...rest] = path
  if (segment === undefined) return base
  const key = keyIn(ours, segment)
  if (key === undefined) return ours
  const before = partOf(base, keyIn(base, segment))
  const now = partOf(ours, key)
  const part = putBackAt(before, now, rest, marks)
  if (same(part, now)) return ours
  const container = ours as object
  const copy = copyWith(container, key, part)
  if (hasSameParts(base, copy)) return base
  const frozen = freezeContainer(copy, holdsBytes(container) || holdsBytes(part))
  // Still a new value, and no longer the one that is marked.
  if (marks.has(container)) marks.add(frozen)
  return frozen
}

function copyWith(container: object, key: PathSegment, part: unknown): object {
  if (Array.isArray(container)) return container.with(key as number, part)
  if (!(container instanceof Map)) {
    const property = key as string
    if (part !== undefined) return { ...container, [property]: part }
    return Object.fromEntries(Object.entries(container).filter(([name]) => name !== property))
  }
  const copy = new Map<unknown, unknown>(container)
  if (part === undefined) copy.delete(key)
  else copy.set(key, part)
  return copy
}

function hasSameParts(base: unknown, copy: object): boolean {
  if (kindOf(base) !== kindOf(copy)) return false
  if (copy instanceof Map) {
    const before = base as ReadonlyMap<unknown, unknown>
    return before.size === copy.size && [...copy].every(([key, part]) => before.has(key) && same(before.get(key), part))
  }
  const before = base as PlainObject
  const keys = Object.keys(copy)
  return (
    keys.length === Object.keys(before).length &&
    keys.every(key => Object.hasOwn(before, key) && same(before[key], (copy as PlainObject)[key]))
  )
}
