import { deepEqual } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { isMapKey, isReservedKey } from '../value/key.ts'
import { type PlainObject, isContainer, kindOf } from '../value/kind.ts'
import { type State, adopt } from '../value/plain-data.ts'
import { quickToCopy } from '../value/quick-copy.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import { editsOf, rebuiltArray } from './array-node.ts'
import type { Diff, OwnObjects } from './diff.ts'
import { refuseDiff } from './refuse-diff.ts'

/** What folding a diff, or several, gives. */
export interface Folded {
  /** Frozen; whatever was not touched is the very same object as before. */
  readonly state: State
  /** The containers in it that were put in as new values, also if they were edited afterwards (merge rule 14). */
  readonly newValues: ReadonlySet<object>
}

/**
 * The state after the diff (merge rules 12 to 14). The diff becomes part of it: freshly decoded values are frozen.
 * @throws UnreadableDocumentError when it is not a diff, or not one of a state of this shape. A state that only has the
 * same shape goes unnoticed: the caller has compared life and version.
 */
export function applyDiff(diff: unknown, state: State): Folded {
  return foldDiffs([diff], state)
}

/** The state after several diffs in sequence. `newValues` counts from `state` on: this is the `theirs` of a merge. */
export function foldDiffs(diffs: Iterable<unknown>, state: State): Folded {
  const fold: Fold = { newValues: undefined, own: undefined }
  let folded: unknown = state
  for (const diff of diffs) folded = apply(diff, folded, fold, 0)
  return foldedOf(folded, fold)
}

/**
 * The same as `applyDiff`, of a diff that `makeDiff` has just made: the objects that it found become parts of the state. That
 * spares copies of frozen objects, which are slow; an object that was copied from one is quick to freeze.
 */
export function applyOwnDiff(diff: Diff, state: State, own: OwnObjects): Folded {
  const fold: Fold = { newValues: undefined, own }
  return foldedOf(apply(diff, state, fold, 0), fold)
}

/** No new values: one for all states that got none. */
export const noNewValues: ReadonlySet<object> = new Set()

const maxDepth = 200

/** What is kept while folding. */
interface Fold {
  /** Undefined as long as there are none. */
  newValues: Set<object> | undefined
  readonly own: OwnObjects | undefined
}

/** The parts of one node that leads further down. */
interface Edit {
  readonly node: readonly unknown[]
  readonly fold: Fold
  /** Of what is below. */
  readonly depth: number
}

function foldedOf(state: unknown, { newValues }: Fold): Folded {
  if (kindOf(state) !== 'object') return refuseDiff('makes the state no plain object')
  return { state: state as State, newValues: newValues ?? noNewValues }
}

function apply(node: unknown, base: unknown, fold: Fold, depth: number): unknown {
  if (!Array.isArray(node) || depth > maxDepth) return refuseDiff('has a part that is no node')
  const parts = node as readonly unknown[]
  if (parts[0] === 0) return parts.length === 2 ? adoptNew(parts[1], fold) : refuseDiff('has a write without one value')
  const edited = applyEdit(base, { node: parts, fold, depth: depth + 1 })
  if (fold.newValues?.has(base as object)) fold.newValues.add(edited)
  return edited
}

function adoptNew(value: unknown, fold: Fold): unknown {
  const adopted = adopt(value)
  if (isContainer(adopted)) {
    fold.newValues ??= new Set()
    fold.newValues.add(adopted)
  }
  return adopted
}

function applyEdit(base: unknown, edit: Edit): object {
  const kind = kindOf(base)
  const [tag] = edit.node
  if (edit.node.length === 1) return refuseDiff('has an empty node')
  if (tag === 2 && kind === 'object') return editProperties(base as PlainObject, edit)
  if (tag === 3 && kind === 'array') return editArray(base as readonly unknown[], edit)
  if (tag === 4 && kind === 'map') return editMap(base as ReadonlyMap<unknown, unknown>, edit)
  if (tag === 5 && kind === 'set') return editSet(base as ReadonlySet<unknown>, edit)
  return refuseDiff(
    `has a node of type ${String(tag)} where the state has ${kind === 'leaf' ? 'no container' : `a ${kind}`}`,
  )
}

function editProperties(base: PlainObject, { node, fold, depth }: Edit): object {
  checkKeys(node)
  const copy = (fold.own?.get(node) ?? { ...base }) as Record<string, unknown>
  let mayHoldBytes = holdsBytes(base)
  let deleted: Set<string> | undefined
  for (let index = 1; index < node.length; index += 2) {
    const key = node[index]
    const change = node[index + 1]
    if (typeof key !== 'string') return refuseDiff('has a property whose name is no string')
    const isThere = Object.hasOwn(base, key)
    if (isDelete(change, isThere)) {
      deleted ??= new Set()
      deleted.add(key)
      continue
    }
    const value = apply(change, isThere ? base[key] : undefined, fold, depth)
    mayHoldBytes ||= holdsBytes(value)
    copy[key] = value
  }
  return freezeContainer(deleted ? without(copy, deleted) : copy, mayHoldBytes)
}

/** Not by `delete`: what is left behind is slow to copy, and every later change of the object copies it. */
function without(object: PlainObject, deleted: ReadonlySet<string>): PlainObject {
  const rest: Record<string, unknown> = {}
  const keys = Object.keys(object)
  for (const key of keys) if (!deleted.has(key)) rest[key] = object[key]
  return quickToCopy(rest, keys.length)
}

function editMap(base: ReadonlyMap<unknown, unknown>, { node, fold, depth }: Edit): object {
  checkKeys(node)
  const copy = new Map(base)
  let mayHoldBytes = holdsBytes(base)
  for (let index = 1; index < node.length; index += 2) {
    const key = node[index]
    const change = node[index + 1]
    if (isDelete(change, base.has(key))) {
      copy.delete(key)
      continue
    }
    const value = apply(change, base.get(key), fold, depth)
    mayHoldBytes ||= holdsBytes(value)
    copy.set(key, value)
  }
  return freezeContainer(copy, mayHoldBytes)
}

/** Afterwards the node of an object or Map is pairs of a key and a node, and no key comes twice. */
function checkKeys(node: readonly unknown[]): void {
  if (node.length % 2 === 0) return refuseDiff('has a key without a node')
  const seen = node.length > 3 ? new Set<unknown>() : undefined
  for (let index = 1; index < node.length; index += 2) {
    const key = node[index]
    if (!isMapKey(key) || isReservedKey(key)) return refuseDiff(`has the reserved key ${String(key)}`)
    if (seen && seen.size === seen.add(key).size) return refuseDiff(`names the key ${String(key)} twice`)
  }
}

function isDelete(node: unknown, isThere: boolean): boolean {
  if (!Array.isArray(node) || node[0] !== 1) return false
  if (node.length !== 1) return refuseDiff('has a delete with a value')
  return isThere || refuseDiff('deletes what is not there')
}

function editSet(base: ReadonlySet<unknown>, { node }: Edit): object {
  const [, removed, added] = node
  if (!Array.isArray(removed) || !Array.isArray(added) || node.length !== 3 || removed.length + added.length === 0) {
    return refuseDiff('has a Set node without members')
  }
  const copy = new Set(base)
  for (const member of removed as readonly unknown[]) {
    // By value also where the reference is known, so that of two equal members everybody removes the same one.
    const isObject = typeof member === 'object' && member !== null
    const found = isObject ? [...copy].find(other => deepEqual(other, member)) : member
    if (!copy.delete(found)) return refuseDiff('removes a Set member that is not there')
  }
  let mayHoldBytes = holdsBytes(base)
  for (const member of added as readonly unknown[]) {
    const value = adopt(member)
    if (copy.size === copy.add(value).size) return refuseDiff('adds a Set member that is there')
    mayHoldBytes ||= holdsBytes(value)
  }
  return freezeContainer(copy, mayHoldBytes)
}

function editArray(base: readonly unknown[], edit: Edit): object {
  const { node, fold, depth } = edit
  const [, length, script, edits] = node
  if (length !== base.length) return refuseDiff(`is of an array of ${String(length)} elements, not of ${base.length}`)
  if (node.length > 4 || (script === 0 && node.length !== 4)) return refuseDiff('has an array node without changes')
  const { built, targets, holds } = rebuiltArray(script, base, value => adoptNew(value, fold))
  let mayHoldBytes = holdsBytes(base) || holds
  for (const [index, change] of editsOf(edits, node.length === 4)) {
    const target = targets ? targets[index] : index
    if (target === undefined || target === -1 || index >= base.length) {
      return refuseDiff('edits an array element that is not kept')
    }
    const value = apply(change, base[index], fold, depth)
    mayHoldBytes ||= holdsBytes(value)
    built[target] = value
  }
  return freezeContainer(built, mayHoldBytes)
}
