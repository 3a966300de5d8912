import { same } from '../value/equal.ts'
import { kindOf, type PlainObject } from '../value/kind.ts'
import { type Alignment, align } from './splices.ts'

/** What tells one element of a list by key apart from the others. */
export type ListKey = string | number | bigint

/** The keys of these elements in their order; undefined when one has none, or two have the same (merge rule 30). */
export function keysOf(list: readonly unknown[], property: string): readonly ListKey[] | undefined {
  const keys = new Set<ListKey>()
  for (const element of list) {
    const key = keyOf(element, property)
    if (key === undefined || keys.size === keys.add(key).size) return undefined
  }
  return [...keys]
}

/** The key of an element; undefined when it has none. */
function keyOf(element: unknown, property: string): ListKey | undefined {
  if (kindOf(element) !== 'object') return undefined
  // Nothing inherited is of such a type.
  const key = (element as PlainObject)[property]
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' ? key : undefined
}

/** The key of two elements that have the same; undefined when they do not, or there is no such property. */
export function sharedKey(before: unknown, after: unknown, property: string | undefined): ListKey | undefined {
  const key = property === undefined ? undefined : keyOf(before, property)
  return property !== undefined && key !== undefined && same(key, keyOf(after, property)) ? key : undefined
}

/** The alignment of two lists by their keys; undefined when these do not tell the elements apart. */
export function alignByKey(
  base: readonly unknown[],
  next: readonly unknown[],
  property: string,
): Alignment | undefined {
  return keysOf(base, property) && keysOf(next, property) && alignKeyed(base, next, property)
}

/** The alignment of two lists, in each of which every element has a key of its own. */
export function alignKeyed(base: readonly unknown[], next: readonly unknown[], property: string): Alignment {
  const identify = (element: unknown): unknown => keyOf(element, property)
  return align(base, next, {
    isSame: (left, right) => same(identify(left), identify(right)),
    identify,
    isComplete: true,
  })
}
