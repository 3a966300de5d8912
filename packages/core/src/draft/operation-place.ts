import { isDraft, isModified, original } from 'immer'
import { same } from '../value/equal.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import { type ElementName, type OperationPath, type OperationSegment, isElementName, namedBy } from './operation.ts'

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
      const index = indexBy(container as readonly unknown[], property, value)
      return index < 0 ? undefined : index
    }
    default:
      return undefined
  }
}

/**
 * The elements of an array, to be looked at. Those of a draft become drafts themselves when they are read: this reads them
 * in a way that leaves them alone.
 */
export function elementsOf(list: readonly unknown[]): readonly unknown[] {
  if (!isDraft(list)) return list
  if (!isModified(list)) return original(list as unknown[]) ?? list
  return Array.from(list.keys(), index => elementAt(list, index))
}

/** The index of the first element with this value of the property; -1: none has it. */
export function indexBy(list: readonly unknown[], property: string, value: unknown): number {
  if (!isDraft(list)) return list.findIndex(element => isNamedBy(element, property, value))
  if (!isModified(list)) return indexBy(original(list as unknown[]) ?? [], property, value)
  const { length } = list
  for (let index = 0; index < length; index++) {
    if (isNamedBy(elementAt(list, index), property, value)) return index
  }
  return -1
}

/** What stands under a key; undefined when that is nothing. */
export function partOf(container: unknown, key: PathSegment | undefined): unknown {
  if (key === undefined) return undefined
  if (container instanceof Map) return (container as ReadonlyMap<unknown, unknown>).get(key)
  const property = key as string
  return Object.hasOwn(container as PlainObject, property) ? (container as PlainObject)[property] : undefined
}

/** What a path leads to in a state. */
export interface FoundPlace {
  /** The containers on the way are there, so that something can be at the place. */
  readonly isThere: boolean
  /** No other element on the way could be meant. */
  readonly isUnambiguous: boolean
  /** Undefined when nothing is there. */
  readonly value: unknown
}

/** The place that the path leads to, and whether it could be another one. */
export function findPlace(state: unknown, path: OperationPath): FoundPlace {
  let value = state
  let isUnambiguous = true
  for (const segment of path) {
    const key = keyIn(value, segment)
    if (key === undefined) return { isThere: false, isUnambiguous, value: undefined }
    if (isElementName(segment)) isUnambiguous &&= isOnly(value as readonly unknown[], key as number, segment)
    value = partOf(value, key)
  }
  return { isThere: true, isUnambiguous, value }
}

/** What the path leads to; undefined when that is nothing. */
export function valueAt(state: unknown, path: OperationPath): unknown {
  return path.reduce<unknown>((container, segment) => partOf(container, keyIn(container, segment)), state)
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

function isOnly(list: readonly unknown[], first: number, name: ElementName): boolean {
  const [property, value] = namedBy(name)
  for (let index = first + 1; index < list.length; index++) if (isNamedBy(list[index], property, value)) return false
  return true
}

function elementAt(draft: readonly unknown[], index: number): unknown {
  return Object.getOwnPropertyDescriptor(draft, index)?.value
}

/** The property is compared first: that is what tells most elements apart, at the least cost. */
function isNamedBy(element: unknown, property: string, value: unknown): boolean {
  if (typeof element !== 'object' || element === null) return false
  if (!same((element as PlainObject)[property], value)) return false
  return kindOf(element) === 'object' && Object.hasOwn(element, property)
}
