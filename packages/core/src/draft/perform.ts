import { deepEqual } from '../value/equal.ts'
import { isContainer } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import { quoted } from '../value/quoted.ts'
import type { Operation, OperationSegment } from './operation.ts'
import { elementsOf, indexBy, partOf, setPart } from './operation-place.ts'

/** Why an op cannot be done where it is tried. Nothing was changed then. */
export interface OperationFault {
  /**
   * `gone`: there is no container to act in, or no element that is meant. `absent`: there is nothing, and the op does not
   * say of which kind it is to be. `type`: what is there is of another type.
   */
  readonly type: 'gone' | 'absent' | 'type'
  /** What is the matter there, as a sentence. */
  readonly reason: string
}

/** How an op gets at the containers that it changes: those of a draft, or copies. */
export interface Access {
  /** The key of what the step of a path names in a container that was opened, as `keyIn` finds it. */
  keyOf(container: object, segment: OperationSegment, depth: number): PathSegment | undefined
  /** The container under `key` of one that was opened, so that it may be changed in place. */
  open(parent: object, key: PathSegment): object
  /** What to put in for a value of the op. */
  fresh(value: unknown): unknown
}

/** Does the op inside `root`, which may be changed. Returns why it was not done; undefined when it was. */
export function perform(root: object, { name, path, args }: Operation, access: Access): OperationFault | undefined {
  const performer = performers[name]
  if (performer === undefined) return { type: 'type', reason: 'No such op is known' }
  let parent = root
  for (const [depth, segment] of path.entries()) {
    const key = access.keyOf(parent, segment, depth)
    if (key === undefined) return gone('There is no such element')
    const value = partOf(parent, key)
    if (depth === path.length - 1) return performer({ parent, key, value, access }, args)
    if (!isContainer(value)) return gone('There is nothing that it could be in')
    parent = access.open(parent, key)
  }
  return gone('The path is empty')
}

/** The place that an op's path leads to. */
interface Target {
  readonly parent: object
  readonly key: PathSegment
  /** What is there; undefined: nothing. */
  readonly value: unknown
  readonly access: Access
}

type Performer = (target: Target, args: readonly unknown[]) => OperationFault | undefined

const performers: Readonly<Record<string, Performer | undefined>> = {
  inc({ parent, key, value }, [by]) {
    const sum = value === undefined ? (by as number) : sumOf(value, by)
    if (sum === undefined) return otherType(`no number to which ${quoted(by)} can be added`)
    setPart(parent, key, sum)
    return undefined
  },

  append(target, values) {
    if (target.value === undefined) setPart(target.parent, target.key, [])
    else if (!Array.isArray(target.value)) return otherType('no array')
    return insert(target, values)
  },

  addToSet(target, members) {
    const { value, access } = target
    if (value === undefined) return { type: 'absent', reason: 'There is nothing, and it could be a Set or an array' }
    if (Array.isArray(value)) return insert(target, missingIn(elementsOf(value), members))
    if (!(value instanceof Set)) return otherType('neither a Set nor an array')
    const set = openedSet(target)
    for (const member of members) if (memberOf(set, member) === undefined) set.add(access.fresh(member))
    return undefined
  },

  removeFromSet(target, members) {
    const { value } = target
    if (value === undefined) return undefined
    if (Array.isArray(value)) return removeEqual(target, elementsOf(value), members)
    if (!(value instanceof Set)) return otherType('neither a Set nor an array')
    const set = openedSet(target)
    for (const member of members) set.delete(memberOf(set, member))
    return undefined
  },

  moveBy(target, [property, wanted, index]) {
    const { value } = target
    if (value === undefined) return gone('There is no array')
    if (!Array.isArray(value)) return otherType('no array')
    const from = indexBy(value, property as string, wanted)
    if (from < 0) return gone(`No element has ${quoted(wanted)} as its ${String(property)}`)
    const to = Math.min(index as number, value.length - 1)
    if (from === to) return undefined
    const list = openedList(target)
    list.splice(to, 0, ...list.splice(from, 1))
    return undefined
  },
}

function openedList({ parent, key, access }: Target): unknown[] {
  return access.open(parent, key) as unknown[]
}

function openedSet({ parent, key, access }: Target): Set<unknown> {
  return access.open(parent, key) as Set<unknown>
}

/** Undefined when they cannot be added up, or give no finite number. */
function sumOf(value: unknown, by: unknown): number | bigint | undefined {
  if (typeof value === 'bigint' && typeof by === 'bigint') return value + by
  if (typeof value !== 'number' || typeof by !== 'number') return undefined
  const sum = value + by
  return Number.isFinite(sum) ? sum : undefined
}

function insert(target: Target, values: readonly unknown[]): undefined {
  if (values.length === 0) return undefined
  const list = openedList(target)
  for (const value of values) list.push(target.access.fresh(value))
  return undefined
}

function missingIn(list: readonly unknown[], members: readonly unknown[]): readonly unknown[] {
  const known = new Set(list)
  const missing: unknown[] = []
  for (const member of members) {
    if (memberOf(known, member) !== undefined) continue
    known.add(member)
    missing.push(member)
  }
  return missing
}

function removeEqual(target: Target, list: readonly unknown[], members: readonly unknown[]): undefined {
  const unwanted = new Set(members)
  const isUnwanted = (element: unknown): boolean => memberOf(unwanted, element) !== undefined
  let kept = list.findIndex(isUnwanted)
  if (kept < 0) return undefined
  const changed = openedList(target)
  for (let index = kept; index < list.length; index++) if (!isUnwanted(list[index])) changed[kept++] = changed[index]
  changed.length = kept
  return undefined
}

/** The member that is equal to this one. */
function memberOf(set: ReadonlySet<unknown>, member: unknown): unknown {
  if (set.has(member)) return member
  const isObject = typeof member === 'object' && member !== null
  return isObject ? [...set].find(other => deepEqual(other, member)) : undefined
}

function gone(reason: string): OperationFault {
  return { type: 'gone', reason }
}

function otherType(reason: string): OperationFault {
  return { type: 'type', reason: `What is there is ${reason}` }
}
