import { deepEqual, same } from '../value/equal.ts'
import { checkKey } from '../value/key.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import type { Path, PathSegment } from '../value/path.ts'
import { type State, capture } from '../value/plain-data.ts'
import { refuseValue } from '../value/refuse.ts'
import { checkEditedShape, checkShape, isOfItsKind, settle } from '../value/shape.ts'
import { assignedPaths } from './assigned-paths.ts'
import type { DeclaredPlace } from './declared-place.ts'
import { type Place, elementPlace, placeBelow } from './diff-place.ts'
import { keepsElement } from './kept-elements.ts'
import { conventionalId, holdsContainerOf, isAlike } from './likeness.ts'
import { alignByKey, sharedKey } from './list-keys.ts'
import { scriptOf, scriptOfSplice } from './script.ts'
import { align, asSplice, changedInPlace } from './splices.ts'

/** One node of a commit's diff, a small tagged array (merge rule 7). Its base is always the version before. */
export type Diff = readonly [number, ...unknown[]]

/** How a diff tells a new value from an edited one (merge rule 11). */
export type DiffHint =
  /** `next` is what a draft became, and these of its places were assigned. */
  | { readonly type: 'assigned'; readonly paths: Iterable<Path>; readonly declared?: DeclaredPlace | undefined }
  /** `next` is made of parts of states, and these are the new values among them. */
  | { readonly type: 'new'; readonly values: ReadonlySet<object>; readonly declared?: DeclaredPlace | undefined }

/**
 * By node of an object: the object in `next` that it makes, where immer made that and nobody else has it. Its properties are
 * those of the base and then the added ones, as in the fold; only where the node has a change may the value be another.
 */
export type OwnObjects = Map<unknown, object>

/**
 * What makes `next` of `base`, undefined when that is nothing (merge rules 7 to 11). Only where references differ is
 * anything compared. Its values are frozen copies, checked and normalised. `own`: is filled for `applyOwnDiff`.
 * @throws InvalidStateError naming the path, when `next` holds what cannot be stored.
 */
export function makeDiff(base: State, next: unknown, hint: DiffHint, own?: OwnObjects): Diff | undefined {
  if (kindOf(next) !== 'object') return refuseValue([], 'is the state itself and must be a plain object')
  const assigned = hint.type === 'assigned' ? assignedPaths(hint.paths) : undefined
  const place: Place = { assigned, declared: hint.declared, isAssigned: false }
  return diffValue(base, next, place, { trail: [], newValues: hint.type === 'new' ? hint.values : undefined, own })
}

interface Walk {
  readonly trail: PathSegment[]
  /** Known new values; undefined when they are to be found by what was assigned. */
  readonly newValues: ReadonlySet<object> | undefined
  readonly own: OwnObjects | undefined
}

function diffValue(base: unknown, draft: unknown, place: Place, walk: Walk): Diff | undefined {
  if (base === draft) return undefined
  const next = typeof draft === 'object' && draft !== null && !walk.newValues ? settle(draft, walk.trail) : draft
  const kind = kindOf(next)
  if (kind === 'leaf' || kind !== kindOf(base)) return same(base, next) ? undefined : write(next, walk)
  const isAssigned = place.isAssigned || place.assigned?.isHere === true
  checkContainer(next as object, isAssigned, walk)
  const here = { ...place, isAssigned }
  switch (kind) {
    case 'object':
      return isNewObject(base as PlainObject, next as PlainObject, here, walk)
        ? replace(base, next, walk)
        : diffProperties(base as PlainObject, next as PlainObject, here, walk)
    case 'array':
      return diffArray(base as readonly unknown[], next as readonly unknown[], here, walk)
    case 'map':
      return walk.newValues?.has(next as object)
        ? replace(base, next, walk)
        : diffMap(base as ReadonlyMap<PathSegment, unknown>, next as ReadonlyMap<unknown, unknown>, here, walk)
    case 'set':
      return walk.newValues?.has(next as object)
        ? replace(base, next, walk)
        : diffSet(base as ReadonlySet<unknown>, next as ReadonlySet<unknown>, walk)
    default:
      return kind satisfies never
  }
}

/** Afterwards nothing of the container itself would be lost; its parts are looked at one by one. */
function checkContainer(next: object, isAssigned: boolean, { trail, newValues }: Walk): void {
  if (newValues) return
  if (isAssigned || !isOfItsKind(next)) checkShape(next, trail)
  else checkEditedShape(next, trail)
}

function isNewObject(base: PlainObject, next: PlainObject, place: Place, { newValues }: Walk): boolean {
  if (place.isIdentified) return false
  if (newValues) return newValues.has(next)
  if (!place.isAssigned) return false
  const id = conventionalId(next)
  if (id !== undefined || conventionalId(base) !== undefined) return id !== conventionalId(base)
  if (place.declared?.isRecord) return false
  return !holdsContainerOf(base, next) && !(place.isShifted === true && isAlike(base, next, same))
}

function diffProperties(base: PlainObject, next: PlainObject, place: Place, walk: Walk): Diff | undefined {
  // What was assigned may have accessors, which only a look at each property finds.
  if (!place.isAssigned || walk.newValues) {
    const [keys, values] = [Object.keys(next), Object.values(next)]
    if (beginsWith(keys, Object.keys(base)) && !values.includes(undefined)) {
      return diffInOrder(base, { next, keys, values }, place, walk)
    }
  }
  const changes: unknown[] = []
  let known = 0
  for (const key of Object.keys(next)) {
    const after = place.isAssigned && !walk.newValues ? dataProperty(next, key, walk) : next[key]
    if (after === undefined) continue
    // Nothing inherited can be equal but a function.
    if (base[key] === after && typeof after !== 'function') {
      known++
      continue
    }
    if (!Object.hasOwn(base, key)) {
      if (!walk.newValues) checkKey(key, walk.trail)
      changes.push(
        key,
        at(key, walk, () => write(after, walk)),
      )
      continue
    }
    known++
    const change = at(key, walk, () => diffValue(base[key], after, placeBelow(place, key), walk))
    if (change) changes.push(key, change)
  }
  const keys = Object.keys(base)
  if (known < keys.length) {
    for (const key of keys) if (!Object.hasOwn(next, key) || next[key] === undefined) changes.push(key, [1])
  }
  return changes.length > 0 ? [2, ...changes] : undefined
}

interface Listed {
  readonly next: PlainObject
  readonly keys: readonly string[]
  readonly values: readonly unknown[]
}

/** The same where nothing is gone and what is new comes last: without looking for any property by its name. */
function diffInOrder(base: PlainObject, { next, keys, values }: Listed, place: Place, walk: Walk): Diff | undefined {
  const befores: readonly unknown[] = Object.values(base)
  const own = walk.own && isOfImmer(place) ? (next as Record<string, unknown>) : undefined
  const node: [number, ...unknown[]] = [2]
  for (let index = 0; index < values.length; index++) {
    const before = befores[index]
    const after = values[index]
    // Not `===`, for which -0 is 0.
    if (Object.is(before, after)) continue
    const key = keys[index] ?? ''
    const isThere = index < befores.length
    if (!isThere && !walk.newValues) checkKey(key, walk.trail)
    walk.trail.push(key)
    const change = isThere ? diffValue(before, after, placeBelow(place, key), walk) : write(after, walk)
    walk.trail.pop()
    if (change) node.push(key, change)
    else if (own) own[key] = before
  }
  if (node.length === 1) return undefined
  if (own) walk.own?.set(node, own)
  return node
}

/**
 * Whether the container at this place was copied by immer for the draft. A patch from further down says so: immer makes
 * patches of a copy only after it has looked whether that is where its path leads, step by step.
 */
function isOfImmer({ isAssigned, assigned }: Place): boolean {
  return !isAssigned && assigned !== undefined && assigned.below.size > 0
}

function beginsWith(keys: readonly string[], start: readonly string[]): boolean {
  return keys.length >= start.length && start.every((key, index) => key === keys[index])
}

function diffMap(
  base: ReadonlyMap<PathSegment, unknown>,
  next: ReadonlyMap<unknown, unknown>,
  place: Place,
  walk: Walk,
): Diff | undefined {
  const changes: unknown[] = []
  let known = 0
  for (const [key, after] of next) {
    if (after === undefined) continue
    const before = base.get(key as PathSegment)
    if (before === undefined) {
      checkKey(key, walk.trail)
      changes.push(
        key,
        at(key, walk, () => write(after, walk)),
      )
      continue
    }
    known++
    if (before === after) continue
    const segment = key as PathSegment
    const change = at(segment, walk, () => diffValue(before, after, placeBelow(place, segment), walk))
    if (change) changes.push(key, change)
  }
  if (known < base.size) for (const key of base.keys()) if (next.get(key) === undefined) changes.push(key, [1])
  return changes.length > 0 ? [4, ...changes] : undefined
}

function diffSet(base: ReadonlySet<unknown>, next: ReadonlySet<unknown>, walk: Walk): Diff | undefined {
  const removed = [...base].filter(member => !next.has(member))
  const added: unknown[] = []
  let index = 0
  for (const member of next) {
    const position = index++
    if (base.has(member)) continue
    const value = at(position, walk, () => captured(member, walk))
    // An object put back as an equal one is no change.
    const equal = removed.findIndex(other => deepEqual(other, value))
    if (equal >= 0) removed.splice(equal, 1)
    else added.push(value)
  }
  return removed.length + added.length > 0 ? [5, removed, added] : undefined
}

function diffArray(base: readonly unknown[], next: readonly unknown[], place: Place, walk: Walk): Diff | undefined {
  if (walk.newValues?.has(next)) return replace(base, next, walk)
  const insert = (index: number): unknown => at(index, walk, () => captured(next[index] ?? null, walk))
  const property = place.declared?.listKey
  const haveSameKey = (before: unknown, after: unknown): boolean => sharedKey(before, after, property) !== undefined
  const changed = changedInPlace(base, next, property === undefined ? undefined : haveSameKey)
  const splice = changed ? undefined : asSplice(base, next)
  if (splice) {
    const isNew = place.isAssigned && splice.start === 0 && splice.baseEnd === base.length
    return isNew ? replace(base, next, walk) : [3, base.length, scriptOfSplice(splice, base.length, insert)]
  }
  const byKey = changed || property === undefined ? undefined : alignByKey(base, next, property)
  const alignment = changed ? undefined : (byKey ?? align(base, next))
  if (place.isAssigned && !keepsElement(base, next, alignment, property)) return replace(base, next, walk)
  const script = alignment ? scriptOf(alignment, insert) : 0
  const isShifted = place.isAssigned || script !== 0
  const edits: unknown[] = []
  for (const index of changed ?? base.keys()) {
    const target = alignment ? (alignment.targets[index] ?? -1) : index
    if (target === -1 || base[index] === next[target]) continue
    const after = next[target] ?? null
    const change = at(target, walk, () =>
      diffValue(base[index], after, { ...elementPlace(place, base[index], after, target), isShifted }, walk),
    )
    if (change) edits.push(index, change)
  }
  if (edits.length > 0) return [3, base.length, script, edits]
  return script === 0 ? undefined : [3, base.length, script]
}

/** The property, unless reading it would run code: an object that was assigned can have anything. */
function dataProperty(source: PlainObject, key: string, { trail }: Walk): unknown {
  const property = Object.getOwnPropertyDescriptor(source, key)
  if (property?.get || property?.set) return refuseValue([...trail, key], 'is an accessor')
  return property?.value
}

function at<T>(segment: PathSegment, { trail }: Walk, make: () => T): T {
  trail.push(segment)
  const made = make()
  trail.pop()
  return made
}

/** The whole value, unless it is equal to what it replaces. */
function replace(base: unknown, next: unknown, walk: Walk): Diff | undefined {
  const change = write(next, walk)
  return deepEqual(base, change[1]) ? undefined : change
}

function write(next: unknown, walk: Walk): Diff {
  return [0, captured(next, walk)]
}

function captured(value: unknown, { trail, newValues }: Walk): unknown {
  return newValues ? value : capture(value, trail)
}
