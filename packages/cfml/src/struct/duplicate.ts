import { InvalidStateError, type Path } from '@scopes/core'

/** How deep a value of a scope may be nested; a cycle ends here too. */
const maxDepth = 200

/**
 * A copy that shares nothing with the value, however deep: it can be kept past the request, and changed without changing the
 * scope.
 * @throws InvalidStateError that names the path of what no scope can hold: functions, instances of classes, cycles.
 */
export function duplicate<T>(value: T): T {
  return copyOf(value, []) as T
}

function copyOf(value: unknown, path: Path): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return refuse(path, `is a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value
  if (path.length > maxDepth) return refuse(path.slice(0, 8), `leads to a value nested over ${maxDepth} levels deep`)
  if (Array.isArray(value)) return Array.from(value, (element: unknown, index) => copyOf(element, [...path, index]))
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (value instanceof Set) return new Set(Array.from(value, (member, index) => copyOf(member, [...path, index])))
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, child]) => [key, copyOf(child, [...path, String(key)])] as const))
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return refuse(path, 'is an instance of a class')
  return Object.fromEntries(
    Object.entries(value).map(([key, child]): [string, unknown] => [key, copyOf(child, [...path, key])]),
  )
}

function refuse(path: Path, what: string): never {
  throw new InvalidStateError(`duplicate: the value at ${JSON.stringify(path)} ${what}.`, { path })
}
