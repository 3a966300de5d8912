import { isContainer, kindOf, type PlainObject } from '../value/kind.ts'

const idFields = ['id', '_id', 'key', 'uuid'] as const

/** What an object calls itself by convention (own `id`, else `_id`, `key`, `uuid`); undefined when it does not. */
export function conventionalId(value: unknown): string | number | bigint | undefined {
  if (kindOf(value) !== 'object') return undefined
  for (const field of idFields) {
    const id = (value as PlainObject)[field]
    if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return id
  }
  return undefined
}

/**
 * Whether `next` looks like an edited copy of `base` (merge rule 10e): an object with over half of the base's fields, or
 * one inner container, unchanged; an array, Map or Set with a shared member.
 */
export function isAlike(base: unknown, next: unknown, isSame: (left: unknown, right: unknown) => boolean): boolean {
  const kind = kindOf(base)
  if (kind !== kindOf(next)) return false
  switch (kind) {
    case 'object':
      return isAlikeObject(base as PlainObject, next as PlainObject, isSame)
    case 'array':
    case 'set':
      return shareMember([...(base as Iterable<unknown>)], [...(next as Iterable<unknown>)], isSame)
    case 'map':
      return shareEntry(base as ReadonlyMap<unknown, unknown>, next as ReadonlyMap<unknown, unknown>, isSame)
    case 'leaf':
      return false
    default:
      return kind satisfies never
  }
}

/** Whether one of the base's own containers still stands under its key. */
export function holdsContainerOf(base: PlainObject, next: PlainObject): boolean {
  return Object.keys(base).some(key => isContainer(base[key]) && next[key] === base[key])
}

function isAlikeObject(
  base: PlainObject,
  next: PlainObject,
  isSame: (left: unknown, right: unknown) => boolean,
): boolean {
  const keys = Object.keys(base)
  let unchanged = 0
  for (const key of keys) {
    if (!Object.hasOwn(next, key) || !isSame(base[key], next[key])) continue
    if (isContainer(base[key])) return true
    unchanged++
  }
  return unchanged * 2 > keys.length
}

function shareMember(
  base: readonly unknown[],
  next: readonly unknown[],
  isSame: (left: unknown, right: unknown) => boolean,
): boolean {
  return base.some(member => next.some(other => isSame(member, other)))
}

function shareEntry(
  base: ReadonlyMap<unknown, unknown>,
  next: ReadonlyMap<unknown, unknown>,
  isSame: (left: unknown, right: unknown) => boolean,
): boolean {
  return [...base].some(([key, value]) => next.has(key) && isSame(value, next.get(key)))
}
