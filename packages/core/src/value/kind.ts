/** The four kinds of container, and everything else: a leaf is replaced whole (merge rule 2). */
export type Kind = 'object' | 'array' | 'map' | 'set' | 'leaf'

/** A container of kind `object`. */
export type PlainObject = Readonly<Record<string, unknown>>

/** The kind of a storable value. Of other values it says nothing: a class instance looks like an object here. */
export function kindOf(value: unknown): Kind {
  if (typeof value !== 'object' || value === null) return 'leaf'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map) return 'map'
  if (value instanceof Set) return 'set'
  return value instanceof Date || value instanceof Uint8Array ? 'leaf' : 'object'
}

/** Whether a storable value is an object, array, Map or Set. */
export function isContainer(value: unknown): value is object {
  return kindOf(value) !== 'leaf'
}
