import { UnreadableDocumentError } from '../errors.ts'
import { deepEqual } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { isMapKey, isReservedKey } from '../value/key.ts'
import { type PlainObject, isContainer, kindOf } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import { type State, adopt } from '../value/plain-data.ts'
import { quickToCopy } from '../value/quick-copy.ts'
import { holdsBytes } from '../value/stored-bytes.ts'

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
  const newValues = new Set<object>()
  let folded: unknown = state
  for (const diff of diffs) folded = apply(diff, folded, { newValues, depth: 0 })
  return kindOf(folded) === 'object' ? { state: folded as State, newValues } : refuse('makes the state no plain object')
}

const maxDepth = 200

/** What the parts of a node have in common. */
interface Edit {
  /** What follows the tag. */
  readonly parts: readonly unknown[]
  readonly newValues: Set<object>
  readonly depth: number
}

function apply(node: unknown, base: unknown, { newValues, depth }: Omit<Edit, 'parts'>): unknown {
  if (!Array.isArray(node) || depth > maxDepth) return refuse('has a part that is no node')
  const [tag, ...parts] = node as readonly unknown[]
  if (tag === 0) return parts.length === 1 ? adoptNew(parts[0], newValues) : refuse('has a write without one value')
  const edited = applyEdit(tag, base, { parts, newValues, depth: depth + 1 })
  if (newValues.has(base as object)) newValues.add(edited)
  return edited
}

function adoptNew(value: unknown, newValues: Set<object>): unknown {
  const adopted = adopt(value)
  if (isContainer(adopted)) newValues.add(adopted)
  return adopted
}

function applyEdit(tag: unknown, base: unknown, edit: Edit): object {
  const kind = kindOf(base)
  if (edit.parts.length === 0) return refuse('has an empty node')
  if (tag === 2 && kind === 'object') return editProperties(base as PlainObject, edit)
  if (tag === 3 && kind === 'array') return editArray(base as readonly unknown[], edit)
  if (tag === 4 && kind === 'map') return editMap(base as ReadonlyMap<unknown, unknown>, edit)
  if (tag === 5 && kind === 'set') return editSet(base as ReadonlySet<unknown>, edit)
  return refuse(
    `has a node of type ${String(tag)} where the state has ${kind === 'leaf' ? 'no container' : `a ${kind}`}`,
  )
}

function editProperties(base: PlainObject, edit: Edit): object {
  const copy: Record<string, unknown> = { ...base }
  let mayHoldBytes = holdsBytes(base)
  const deleted = new Set<string>()
  for (const [key, node] of changesOf(edit)) {
    if (typeof key !== 'string') return refuse('has a property whose name is no string')
    const isThere = Object.hasOwn(base, key)
    if (isDelete(node, isThere)) {
      deleted.add(key)
      continue
    }
    const value = apply(node, isThere ? base[key] : undefined, edit)
    mayHoldBytes ||= holdsBytes(value)
    copy[key] = value
  }
  return freezeContainer(deleted.size > 0 ? without(copy, deleted) : copy, mayHoldBytes)
}

/** Not by `delete`: what is left behind is slow to copy, and every later change of the object copies it. */
function without(object: PlainObject, deleted: ReadonlySet<string>): PlainObject {
  const rest: Record<string, unknown> = {}
  const keys = Object.keys(object)
  for (const key of keys) if (!deleted.has(key)) rest[key] = object[key]
  return quickToCopy(rest, keys.length)
}

function editMap(base: ReadonlyMap<unknown, unknown>, edit: Edit): object {
  const copy = new Map(base)
  let mayHoldBytes = holdsBytes(base)
  for (const [key, node] of changesOf(edit)) {
    if (isDelete(node, base.has(key))) {
      copy.delete(key)
      continue
    }
    const value = apply(node, base.get(key), edit)
    mayHoldBytes ||= holdsBytes(value)
    copy.set(key, value)
  }
  return freezeContainer(copy, mayHoldBytes)
}

/** The pairs of key and node of an object or Map. */
function changesOf({ parts }: Edit): [PathSegment, unknown][] {
  if (parts.length % 2 !== 0) return refuse('has a key without a node')
  const changes: [PathSegment, unknown][] = []
  const seen = new Set<unknown>()
  for (let index = 0; index < parts.length; index += 2) {
    const key = parts[index]
    if (!isMapKey(key) || isReservedKey(key)) return refuse(`has the reserved key ${String(key)}`)
    if (seen.size === seen.add(key).size) return refuse(`names the key ${String(key)} twice`)
    changes.push([key, parts[index + 1]])
  }
  return changes
}

function isDelete(node: unknown, isThere: boolean): boolean {
  if (!Array.isArray(node) || node[0] !== 1) return false
  if (node.length !== 1) return refuse('has a delete with a value')
  return isThere || refuse('deletes what is not there')
}

function editSet(base: ReadonlySet<unknown>, { parts }: Edit): object {
  const [removed, added] = parts
  if (!Array.isArray(removed) || !Array.isArray(added) || parts.length !== 2 || removed.length + added.length === 0) {
    return refuse('has a Set node without members')
  }
  const copy = new Set(base)
  for (const member of removed as readonly unknown[]) {
    // By value also where the reference is known, so that of two equal members everybody removes the same one.
    const isObject = typeof member === 'object' && member !== null
    const found = isObject ? [...copy].find(other => deepEqual(other, member)) : member
    if (!copy.delete(found)) return refuse('removes a Set member that is not there')
  }
  let mayHoldBytes = holdsBytes(base)
  for (const member of added as readonly unknown[]) {
    const value = adopt(member)
    if (copy.size === copy.add(value).size) return refuse('adds a Set member that is there')
    mayHoldBytes ||= holdsBytes(value)
  }
  return freezeContainer(copy, mayHoldBytes)
}

function editArray(base: readonly unknown[], edit: Edit): object {
  const [length, script, edits] = edit.parts
  if (length !== base.length) return refuse(`is of an array of ${String(length)} elements, not of ${base.length}`)
  if (edit.parts.length > 3 || (script === 0 && edit.parts.length !== 3))
    return refuse('has an array node without changes')
  const { built, targets, holds } = script === 0 ? unmoved(base) : build(script, base, edit)
  let mayHoldBytes = holdsBytes(base) || holds
  for (const [index, node] of editsOf(edits, edit.parts.length === 3)) {
    const target = targets ? targets[index] : index
    if (target === undefined || target === -1 || index >= base.length) {
      return refuse('edits an array element that is not kept')
    }
    const value = apply(node, base[index], edit)
    mayHoldBytes ||= holdsBytes(value)
    built[target] = value
  }
  return freezeContainer(built, mayHoldBytes)
}

interface Built {
  readonly built: unknown[]
  /** For each element of the base where it stands in the new array, or -1; undefined: where it stood. */
  readonly targets: readonly number[] | undefined
  /** Something inserted holds bytes. */
  readonly holds: boolean
}

function unmoved(base: readonly unknown[]): Built {
  return { built: [...base], targets: undefined, holds: false }
}

function build(script: unknown, base: readonly unknown[], { newValues }: Edit): Built {
  if (!Array.isArray(script)) return refuse('has an array node without a script')
  const built: unknown[] = []
  const targets = base.map(() => -1)
  let holds = false
  for (let position = 0; position < script.length; position++) {
    const part: unknown = script[position]
    if (Array.isArray(part)) {
      if (part.length === 0) return refuse('inserts nothing')
      for (const value of part as readonly unknown[]) {
        const adopted = adoptNew(value, newValues)
        holds ||= holdsBytes(adopted)
        built.push(adopted)
      }
      continue
    }
    const count: unknown = script[++position]
    if (!isIndex(part) || !isIndex(count) || count === 0 || part + count > base.length) {
      return refuse('copies array elements that are not there')
    }
    for (let index = part; index < part + count; index++) {
      if (targets[index] !== -1) return refuse('copies an array element twice')
      targets[index] = built.push(base[index]) - 1
    }
  }
  return { built, targets, holds }
}

/** The pairs of index and node, ascending. */
function editsOf(edits: unknown, isExpected: boolean): [number, unknown][] {
  if (!isExpected) return []
  if (!Array.isArray(edits) || edits.length === 0 || edits.length % 2 !== 0) return refuse('has edits that are no list')
  const pairs: [number, unknown][] = []
  let last = -1
  for (let position = 0; position < edits.length; position += 2) {
    const index: unknown = edits[position]
    if (!isIndex(index) || index <= last) return refuse('edits array elements out of order')
    pairs.push([index, edits[position + 1]])
    last = index
  }
  return pairs
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function refuse(what: string): never {
  throw new UnreadableDocumentError(`The diff ${what}.`)
}
