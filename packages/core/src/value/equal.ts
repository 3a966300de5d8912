import { kindOf, type PlainObject } from './kind.ts'

/**
 * Whether two values are the same without looking into containers (merge rule 1): NaN is NaN, 0 is -0, Dates by time,
 * bytes by content, a bigint is never a number, containers by reference.
 */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object') return left !== left && right !== right
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime()
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0
  return false
}

/**
 * Whether two storable values have the same structure and leaves. The order of object keys, Map entries and Set members
 * does not count, that of arrays does; a key that holds undefined is absent.
 */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (same(left, right)) return true
  const kind = kindOf(left)
  if (kind === 'leaf' || kind !== kindOf(right)) return false
  switch (kind) {
    case 'object':
      return equalObjects(left as PlainObject, right as PlainObject)
    case 'array':
      return equalArrays(left as readonly unknown[], right as readonly unknown[])
    case 'map':
      return equalMaps(left as ReadonlyMap<unknown, unknown>, right as ReadonlyMap<unknown, unknown>)
    case 'set':
      return equalSets(left as ReadonlySet<unknown>, right as ReadonlySet<unknown>)
    default:
      return kind satisfies never
  }
}

function equalObjects(left: PlainObject, right: PlainObject): boolean {
  let count = 0
  for (const key of Object.keys(left)) {
    if (left[key] === undefined) continue
    if (!Object.hasOwn(right, key) || !deepEqual(left[key], right[key])) return false
    count++
  }
  for (const key of Object.keys(right)) if (right[key] !== undefined) count--
  return count === 0
}

function equalArrays(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((element, index) => deepEqual(element, right[index]))
}

function equalMaps(left: ReadonlyMap<unknown, unknown>, right: ReadonlyMap<unknown, unknown>): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left) if (!right.has(key) || !deepEqual(value, right.get(key))) return false
  return true
}

function equalSets(left: ReadonlySet<unknown>, right: ReadonlySet<unknown>): boolean {
  if (left.size !== right.size) return false
  const unmatched: unknown[] = []
  for (const member of right) if (!left.has(member)) unmatched.push(member)
  for (const member of left) {
    if (right.has(member)) continue
    const index = unmatched.findIndex(other => deepEqual(member, other))
    if (index < 0) return false
    unmatched.splice(index, 1)
  }
  return true
}
