import { same } from '../value/equal.ts'
import type { PathSegment } from '../value/path.ts'

/** Names an element of an array by one of its properties, such as `{ sku: 'A' }`: the first one that has it. */
export type ElementName = Readonly<Record<string, string | number | bigint | boolean>>

/** One step of an op's path: a key of an object or Map (one with a dot is one segment), or an element of an array. */
export type OperationSegment = PathSegment | ElementName

/** Where an op acts, from the root of the state. */
export type OperationPath = readonly OperationSegment[]

/**
 * An op as it was recorded: what was meant, beside the diff that says what it changed. Nobody needs it to know the state;
 * a merge uses the committer's own ones.
 */
export interface Operation {
  /** `inc`, `addToSet`, `removeFromSet`, `append` or `moveBy`; in a document of a later version perhaps another. */
  readonly name: string
  readonly path: OperationPath
  /** What the function was given after the path. */
  readonly args: readonly unknown[]
}

/** No ops at all. */
export const noOperations: readonly Operation[] = Object.freeze([])

/** Whether the segment names an element of an array. */
export function isElementName(segment: OperationSegment): segment is ElementName {
  return typeof segment === 'object' && segment !== null
}

/** The property by which an element is named, and its value. */
export function namedBy(name: ElementName): readonly [property: string, value: ElementName[string]] {
  const [entry] = Object.entries(name)
  if (entry === undefined) throw new Error('An element is named by one property.')
  return entry
}

/** Whether the path leads to the place or to something in it. */
export function isWithin(path: OperationPath, place: OperationPath): boolean {
  return place.every((segment, depth) => isSameSegment(segment, path[depth]))
}

/** The path as messages write it: `/cart/{sku: A}/quantity`. */
export function formatOperationPath(path: OperationPath): string {
  return (
    '/' + path.map(segment => (isElementName(segment) ? `{${namedBy(segment).join(': ')}}` : `${segment}`)).join('/')
  )
}

function isSameSegment(one: OperationSegment, other: OperationSegment | undefined): boolean {
  if (other === undefined || !isElementName(one) || !isElementName(other)) return same(one, other)
  const [[property, value], [otherProperty, otherValue]] = [namedBy(one), namedBy(other)]
  return property === otherProperty && same(value, otherValue)
}
