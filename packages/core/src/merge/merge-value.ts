import { deepEqual, same } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { type PlainObject, isContainer, kindOf } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import { quickToCopy } from '../value/quick-copy.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import type { ConflictKind } from './conflict.ts'
import type { Decisions, OpenConflict } from './decisions.ts'
import { mergeMembers } from './members.ts'
import { type Lists, asLists, mergeList, mergeListByKey } from './merge-list.ts'
import { type Place, type Sides, partOf } from './place.ts'
import type { Governor } from './policy.ts'
import { total } from './total.ts'

/** What all places of a merge have in common. */
export interface MergeContext {
  readonly newInOurs: ReadonlySet<object>
  readonly newInTheirs: ReadonlySet<object>
  readonly decisions: Decisions
}

/** What a side did to a place that it did not leave alone (merge rule 16). */
type Change = 'write' | 'delete' | 'edit'

/** The merged value of a place; undefined when there is none. A part of theirs that stays as it is stays the same object. */
export function mergeValue(place: Place, sides: Sides, context: MergeContext): unknown {
  const { base, ours, theirs } = sides
  if (same(ours, base)) return theirs
  if (same(theirs, base)) return ours
  const { governor } = place.policies
  // Where both deleted it there is nothing to ask for.
  if (governor === undefined || (ours === undefined && theirs === undefined)) return mergeChanges(place, sides, context)
  return mergeGoverned(governor, place, sides, context)
}

/** A policy takes the two changes together (merge rules 26 and 28 to 32). */
function mergeGoverned(governor: Governor, place: Place, sides: Sides, context: MergeContext): unknown {
  const { decisions } = context
  const contest = { path: place.path, kind: 'write/write', ...sides } as const
  if (typeof governor === 'function' || 'isAtomic' in governor) {
    // An edit that came to nothing is no change.
    if (deepEqual(sides.ours, sides.base)) return sides.theirs
    if (deepEqual(sides.theirs, sides.base)) return sides.ours
    if (typeof governor === 'function') return decisions.ask(contest, governor)
    return deepEqual(sides.ours, sides.theirs) ? sides.theirs : decisions.decide(contest, governor)
  }
  switch (governor.type) {
    case 'counter': {
      const sum = total(sides)
      if (sum === undefined) return mergeChanges(place, sides, context)
      decisions.announce(contest, governor.type, sum)
      return sum
    }
    case 'set':
      return mergeMembers(sides) ?? mergeChanges(place, sides, context)
    case 'append': {
      const lists = asLists(startedAt(sides))
      return lists ? mergeArray(place, lists, context) : mergeChanges(place, sides, context)
    }
    case 'listBy': {
      const lists = asLists(startedAt(sides))
      return lists ? mergeKeyed(place, governor.key, sides, lists, context) : mergeChanges(place, sides, context)
    }
    default:
      return governor satisfies never
  }
}

/** Both sides may start a list: nothing in the base counts as an empty one. */
function startedAt({ base = [], ...changed }: Sides): Sides {
  return { base, ...changed }
}

/** What each side did to the place, in its own right (merge rules 16 to 18). */
function mergeChanges(place: Place, sides: Sides, context: MergeContext): unknown {
  const { base, ours, theirs } = sides
  const our = changeOf(place, base, ours, context.newInOurs)
  const their = changeOf(place, base, theirs, context.newInTheirs)
  if (our === 'edit' && their === 'edit') return mergeEdits(place, sides, context)
  // An edit that came to nothing is no change.
  if (our === 'edit' && deepEqual(ours, base)) return theirs
  if (their === 'edit' && deepEqual(theirs, base)) return ours
  if (our !== 'edit' && their !== 'edit') {
    if (deepEqual(ours, theirs)) return theirs
    return decide('write/write', place, sides, context)
  }
  // A new list against edits of the old one is still a sequence: all old elements deleted (merge rule 23).
  const lists = asLists(sides)
  if (lists) return mergeArray(place, lists, context)
  return decide('inside', place, { ...sides, written: our === 'edit' ? 'theirs' : 'ours' }, context)
}

function decide(
  kind: ConflictKind,
  { path, policies }: Place,
  sides: Sides & Pick<OpenConflict, 'written'>,
  { decisions }: MergeContext,
): unknown {
  return decisions.decide({ path, kind, ...sides }, policies.decider)
}

function changeOf({ isIdentified }: Place, base: unknown, side: unknown, newValues: ReadonlySet<object>): Change {
  if (side === undefined) return 'delete'
  if (!isContainer(side) || kindOf(base) !== kindOf(side)) return 'write'
  return isIdentified || !newValues.has(side) ? 'edit' : 'write'
}

function mergeEdits(place: Place, sides: Sides, context: MergeContext): unknown {
  const kind = kindOf(sides.base)
  switch (kind) {
    case 'object':
      return mergeObject(place, sides as Sides<PlainObject>, context)
    case 'array':
      return mergeArray(place, sides as Lists, context)
    case 'map':
      return mergeMap(place, sides as Sides<ReadonlyMap<PathSegment, unknown>>, context)
    case 'set':
      return mergeMembers(sides)
    case 'leaf':
      return sides.ours
    default:
      return kind satisfies never
  }
}

function mergeArray(place: Place, lists: Lists, context: MergeContext): unknown {
  return mergeList(place, lists, context, (index, sides) => mergePart(place, index, sides, context))
}

/** By key; as a plain array where the keys do not tell the elements apart, which is announced. */
function mergeKeyed(place: Place, property: string, sides: Sides, lists: Lists, context: MergeContext): unknown {
  const { decisions } = context
  const keyed = mergeListByKey(place, lists, { property, decisions }, (key, { base, ...changed }) => {
    if (changed.ours === base) return changed.theirs
    if (changed.theirs === base) return changed.ours
    const element = partOf(place, key, true)
    // Added on both sides: all that is known of the element before is its key.
    const before = base ?? (element.policies.governor ? undefined : Object.freeze({ [property]: key }))
    return mergeValue(element, { base: before, ...changed }, context)
  })
  if (keyed) return keyed
  const merged = sides.base === undefined ? mergeArray(place, lists, context) : mergeChanges(place, sides, context)
  decisions.announce({ path: place.path, kind: 'keys', ...sides }, 'listBy', merged)
  return merged
}

/** Theirs, copied where it changes: in its order, what ours added last. Most keys were left alone by ours, and cost nothing. */
function mergeObject(place: Place, { base, ours, theirs }: Sides<PlainObject>, context: MergeContext): PlainObject {
  let merged: Record<string, unknown> | undefined
  let mayHoldBytes = holdsBytes(theirs)
  const deleted = new Set<string>()
  for (const key of changedKeys(base, ours)) {
    const sides = { base: own(base, key), ours: own(ours, key), theirs: own(theirs, key) }
    const value = mergePart(place, key, sides, context)
    if (same(value, sides.theirs)) continue
    merged ??= { ...theirs }
    if (value === undefined) deleted.add(key)
    else merged[key] = value
    mayHoldBytes ||= holdsBytes(value)
  }
  if (merged === undefined) return theirs
  if (deleted.size > 0) merged = Object.fromEntries(Object.entries(merged).filter(([key]) => !deleted.has(key)))
  return freezeContainer(quickToCopy(merged, Object.keys(merged).length), mayHoldBytes)
}

/** The properties that are not the same in both, those of `next` in their order first. */
function changedKeys(base: PlainObject, next: PlainObject): readonly string[] {
  const keys = Object.keys(next).filter(key => next[key] !== base[key])
  for (const key of Object.keys(base)) if (own(next, key) === undefined) keys.push(key)
  return keys
}

/** A state holds no functions, so that only they are inherited. Cheaper than a look whether there is such a property. */
function own(object: PlainObject, key: string): unknown {
  const value = object[key]
  return typeof value === 'function' ? undefined : value
}

function mergeMap(
  place: Place,
  { base, ours, theirs }: Sides<ReadonlyMap<PathSegment, unknown>>,
  context: MergeContext,
): ReadonlyMap<PathSegment, unknown> {
  let merged: Map<PathSegment, unknown> | undefined
  let mayHoldBytes = holdsBytes(theirs)
  for (const key of new Set([...ours.keys(), ...base.keys()])) {
    const sides = { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) }
    const value = mergePart(place, key, sides, context)
    if (same(value, sides.theirs)) continue
    merged ??= new Map(theirs)
    if (value === undefined) merged.delete(key)
    else merged.set(key, value)
    mayHoldBytes ||= holdsBytes(value)
  }
  return merged === undefined ? theirs : freezeContainer(merged, mayHoldBytes)
}

/** `mergeValue` one step down; most parts were left alone by one side at least, and need no path. */
function mergePart(place: Place, segment: PathSegment, sides: Sides, context: MergeContext): unknown {
  if (sides.ours === sides.base) return sides.theirs
  if (sides.theirs === sides.base) return sides.ours
  return mergeValue(partOf(place, segment), sides, context)
}
