import type { Path, PathSegment } from './path.ts'
import { refuseValue } from './refuse.ts'

// The first three can reach a prototype (DESIGN §4). The packer reads its own `__keys__` into an object that has such a
// key, and writes what nobody can read; it reads `__proto__` as `__proto_`, so that one in a document means the other.
const reservedKeys: ReadonlySet<unknown> = new Set(['__proto__', 'prototype', 'constructor', '__proto_', '__keys__'])

/** Whether no object and no Map of a state may have this key, neither when it is written nor when it is read. */
export function isReservedKey(key: unknown): boolean {
  return reservedKeys.has(key)
}

/** Whether a Map of a state may have this key. */
export function isMapKey(key: unknown): key is PathSegment {
  if (typeof key === 'object') return key === null
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean'
}

/**
 * Afterwards the key can be stored in the object or Map at `path`.
 * @throws InvalidStateError when it is reserved or not well-formed, or for a Map not a primitive.
 */
export function checkKey(key: unknown, path: Path): asserts key is PathSegment {
  if (!isMapKey(key)) return refuseValue(path, `is a Map with a key of type ${typeof key}`)
  if (isReservedKey(key)) return refuseValue([...path, key], 'is a reserved key')
  if (hasLoneSurrogate(key)) return refuseValue([...path, key], 'is a key with a lone surrogate')
}

/** Whether this is a string that holds half of a character; UTF-8 has no bytes for that. */
export function hasLoneSurrogate(text: unknown): boolean {
  return typeof text === 'string' && /\p{Surrogate}/u.test(text)
}
