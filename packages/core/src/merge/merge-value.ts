import { deepEqual, same } from '../value/equal.ts'
import { type PlainObject, isContainer, kindOf } from '../value/kind.ts'
import type { Path, PathSegment } from '../value/path.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { quickToCopy } from '../value/quick-copy.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import { type MergeConflict, type OpenConflict, decideByLastWriter } from './conflict.ts'
import { mergeSequence } from './sequence.ts'

/** One place in the three states; undefined is absent. */
export interface Sides<T = unknown> {
  readonly base: T
  readonly ours: T
  readonly theirs: T
}

/** What all places of a merge have in common. */
export interface MergeContext {
  readonly newInOurs: ReadonlySet<object>
  readonly newInTheirs: ReadonlySet<object>
  /** Every decision is put here. */
  readonly conflicts: MergeConflict[]
}

/** What a side did to a place that it did not leave alone (merge rule 16). */
type Change = 'write' | 'delete' | 'edit'

/** The merged value of a place; undefined when there is none. A part of theirs that stays as it is stays the same object. */
export function mergeValue(path: Path, sides: Sides, context: MergeContext): unknown {
  const { base, ours, theirs } = sides
  if (same(ours, base)) return theirs
  if (same(theirs, base)) return ours
  const our = changeOf(base, ours, context.newInOurs)
  const their = changeOf(base, theirs, context.newInTheirs)
  if (our === 'edit' && their === 'edit') return mergeEdits(path, sides, context)
  // An edit that came to nothing is no change.
  if (our === 'edit' && deepEqual(ours, base)) return theirs
  if (their === 'edit' && deepEqual(theirs, base)) return ours
  if (our !== 'edit' && their !== 'edit') {
    if (deepEqual(ours, theirs)) return theirs
    return decide({ path, kind: 'write/write', ...sides }, context)
  }
  if (isSequence(sides)) return mergeArray(path, sides, context)
  return decide({ path, kind: 'inside', ...sides, written: our === 'edit' ? 'theirs' : 'ours' }, context)
}

/** The decision about a conflict: recorded, and returned. */
function decide(conflict: OpenConflict, { conflicts }: MergeContext): unknown {
  const decided = decideByLastWriter(conflict)
  conflicts.push(decided)
  return decided.result
}

function changeOf(base: unknown, side: unknown, newValues: ReadonlySet<object>): Change {
  if (side === undefined) return 'delete'
  return isContainer(side) && kindOf(base) === kindOf(side) && !newValues.has(side) ? 'edit' : 'write'
}

/** A new list against edits of the old one is still a sequence: all old elements deleted (merge rule 23). */
function isSequence(sides: Sides): sides is Sides<readonly unknown[]> {
  return Array.isArray(sides.base) && Array.isArray(sides.ours) && Array.isArray(sides.theirs)
}

function mergeEdits(path: Path, sides: Sides, context: MergeContext): unknown {
  const kind = kindOf(sides.base)
  switch (kind) {
    case 'object':
      return mergeObject(path, sides as Sides<PlainObject>, context)
    case 'array':
      return mergeArray(path, sides as Sides<readonly unknown[]>, context)
    case 'map':
      return mergeMap(path, sides as Sides<ReadonlyMap<PathSegment, unknown>>, context)
    case 'set':
      return mergeSet(sides as Sides<ReadonlySet<unknown>>)
    case 'leaf':
      return sides.ours
    default:
      return kind satisfies never
  }
}

function mergeObject(path: Path, { base, ours, theirs }: Sides<PlainObject>, context: MergeContext): PlainObject {
  const keys = Object.keys(theirs)
  for (const key of Object.keys(ours)) if (!Object.hasOwn(theirs, key)) keys.push(key)
  const merged: Record<string, unknown> = {}
  let isTheirs = true
  let mayHoldBytes = false
  for (const key of keys) {
    const sides = { base: own(base, key), ours: own(ours, key), theirs: own(theirs, key) }
    const value = mergePart(path, key, sides, context)
    isTheirs &&= same(value, sides.theirs)
    if (value === undefined) continue
    mayHoldBytes ||= holdsBytes(value)
    merged[key] = value
  }
  return isTheirs ? theirs : freezeContainer(quickToCopy(merged, keys.length), mayHoldBytes)
}

function mergeArray(path: Path, sides: Sides<readonly unknown[]>, context: MergeContext): readonly unknown[] {
  const { base, ours, theirs } = sides
  const sequence = mergeSequence(
    base,
    {
      ours: { list: ours, isNew: context.newInOurs.has(ours) },
      theirs: { list: theirs, isNew: context.newInTheirs.has(theirs) },
    },
    (index, our, their) => mergePart(path, index, { base: base[index], ours: our, theirs: their }, context),
  )
  const merged = sequence.isOrderContested
    ? (decide(
        { path, kind: 'order', ...sides, resultOf: winner => freezeList(sequence.arrange(winner)) },
        context,
      ) as readonly unknown[])
    : sequence.arrange('ours')
  const isTheirs = merged.length === theirs.length && merged.every((element, index) => same(element, theirs[index]))
  return isTheirs ? theirs : freezeList(merged)
}

function freezeList(list: readonly unknown[]): readonly unknown[] {
  return freezeContainer(list, list.some(holdsBytes))
}

function own(object: PlainObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function mergeMap(
  path: Path,
  { base, ours, theirs }: Sides<ReadonlyMap<PathSegment, unknown>>,
  context: MergeContext,
): ReadonlyMap<PathSegment, unknown> {
  const keys = [...theirs.keys()]
  for (const key of ours.keys()) if (!theirs.has(key)) keys.push(key)
  const merged = new Map<PathSegment, unknown>()
  let isTheirs = true
  let mayHoldBytes = false
  for (const key of keys) {
    const sides = { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) }
    const value = mergePart(path, key, sides, context)
    isTheirs &&= same(value, sides.theirs)
    if (value === undefined) continue
    mayHoldBytes ||= holdsBytes(value)
    merged.set(key, value)
  }
  return isTheirs ? theirs : freezeContainer(merged, mayHoldBytes)
}

/** `mergeValue` one step down; most parts were left alone by one side at least, and need no path. */
function mergePart(path: Path, segment: PathSegment, sides: Sides, context: MergeContext): unknown {
  if (sides.ours === sides.base) return sides.theirs
  if (sides.theirs === sides.base) return sides.ours
  return mergeValue([...path, segment], sides, context)
}

/** Always by member (merge rule 21), so that there is no conflict: theirs without what ours removed, plus what it added. */
function mergeSet({ base, ours, theirs }: Sides<ReadonlySet<unknown>>): ReadonlySet<unknown> {
  const removed = new Set([...base].filter(member => !hasEqual(ours, member)))
  const added = [...ours].filter(member => !hasEqual(base, member) && !hasEqual(theirs, member))
  const kept = [...theirs].filter(member => !hasEqual(removed, member))
  if (added.length === 0 && kept.length === theirs.size) return theirs
  return freezeContainer(new Set([...kept, ...added]), [...kept, ...added].some(holdsBytes))
}

function hasEqual(set: ReadonlySet<unknown>, member: unknown): boolean {
  if (set.has(member)) return true
  return typeof member === 'object' && member !== null && [...set].some(other => deepEqual(other, member))
}
