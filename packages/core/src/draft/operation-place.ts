import { current, isDraft } from 'immer'
import { same } from '../value/equal.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import type { Path, PathSegment } from '../value/path.ts'
import { type OperationPath, type OperationSegment, isElementName, namedBy } from './operation.ts'

/**
 * The key of what the segment names in a container: the segment itself, or the index of an element that is there.
 * Undefined: there is no such element, or nothing in this value can be named so.
 */
export function keyIn(container: unknown, segment: OperationSegment): PathSegment | undefined {
  switch (kindOf(container)) {
    case 'object':
      return typeof segment === 'string' ? segment : undefined
    case 'map':
      return isElementName(segment) ? undefined : segment
    case 'array': {
      if (!isElementName(segment)) return undefined
      const [property, value] = namedBy(segment)
      const index = indexBy(seenThrough(container as readonly unknown[]), property, value)
      return index < 0 ? undefined : index
    }
    default:
      return undefined
  }
}

/** The same container, cheap to look through: an element that is read from a draft becomes one. */
export function seenThrough<T extends object>(container: T): T {
  return isDraft(container) ? (current<object>(container) as T) : container
}

/** The index of the first element with this value of the property; -1: none has it. */
export function indexBy(list: readonly unknown[], property: string, value: unknown): number {
  return list.findIndex(element => isNamedBy(element, property, value))
}

/** Whether no two elements of an array on the way of the path could be meant by it. */
export function isUnambiguous(state: unknown, path: OperationPath): boolean {
  let container = state
  for (const segment of path) {
    if (isElementName(segment) && Array.isArray(container)) {
      const [property, value] = namedBy(segment)
      if (container.filter(element => isNamedBy(element, property, value)).length > 1) return false
    }
    container = partOf(container, keyIn(container, segment))
  }
  return true
}

/** What stands under a key; undefined when that is nothing. */
export function partOf(container: unknown, key: PathSegment | undefined): unknown {
  if (key === undefined) return undefined
  if (container instanceof Map) return (container as ReadonlyMap<unknown, unknown>).get(key)
  const property = key as string
  return Object.hasOwn(container as PlainObject, property) ? (container as PlainObject)[property] : undefined
}

/** What the path leads to; undefined when that is nothing. */
export function valueAt(state: unknown, path: OperationPath): unknown {
  return path.reduce<unknown>((container, segment) => partOf(container, keyIn(container, segment)), state)
}

/** The keys on the way, as far as the path leads anywhere. */
export function keysOf(state: unknown, path: OperationPath): Path {
  const keys: PathSegment[] = []
  let container = state
  for (const segment of path) {
    const key = keyIn(container, segment)
    if (key === undefined) break
    keys.push(key)
    container = partOf(container, key)
  }
  return keys
}

/** Puts a value under a key of a container that may be changed; undefined: takes away what is there. */
export function setPart(container: object, key: PathSegment, value: unknown): void {
  if (container instanceof Map) {
    if (value === undefined) container.delete(key)
    else container.set(key, value)
  } else if (value === undefined) delete (container as Record<string, unknown>)[key as string]
  else (container as Record<string, unknown>)[key as string] = value
}

/** A container of the same kind with the same parts. */
export function copyOf(container: object): object {
  if (Array.isArray(container)) return [...(container as unknown[])]
  if (container instanceof Map) return new Map(container)
  return container instanceof Set ? new Set(container) : { ...container }
}

function isNamedBy(element: unknown, property: string, value: unknown): boolean {
  return kindOf(element) === 'object' && same(partOf(element, property), value)
}
