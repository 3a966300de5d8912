import { kindOf, type PlainObject } from './kind.ts'

/** A deep copy of a stored value that may be changed in place. */
export function thaw(value: unknown): unknown {
  const kind = kindOf(value)
  switch (kind) {
    case 'object':
      return Object.fromEntries(Object.entries(value as PlainObject).map(([key, part]) => [key, thaw(part)]))
    case 'array':
      return (value as readonly unknown[]).map(thaw)
    case 'map':
      return new Map([...(value as ReadonlyMap<unknown, unknown>)].map(([key, part]) => [key, thaw(part)]))
    case 'set':
      return new Set([...(value as ReadonlySet<unknown>)].map(thaw))
    case 'leaf':
      if (value instanceof Date) return new Date(value.getTime())
      return value instanceof Uint8Array ? new Uint8Array(value) : value
    default:
      return kind satisfies never
  }
}
