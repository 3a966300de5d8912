import { UnreadableDocumentError } from '../errors.ts'
import { freezeContainer } from './freeze-container.ts'
import { checkKey, hasLoneSurrogate, isMapKey, isReservedKey } from './key.ts'
import type { Path, PathSegment } from './path.ts'
import { quickToCopy } from './quick-copy.ts'
import { refuseValue } from './refuse.ts'
import { checkShape, settle } from './shape.ts'
import { holdsBytes, storeBytes } from './stored-bytes.ts'
import { isProtectedDate, protectDate } from './stored-date.ts'

/** A frozen value of a state, as its type. */
export type { Immutable } from 'immer'

/** The state of a scope: a frozen plain object. */
export type State = Readonly<Record<string, unknown>>

/** How deep a container may stand in a state. */
const maxDepth = 200

/**
 * A frozen copy of a value that somebody wants to store at `path`: nothing of it is shared with the caller, and every
 * reader of the store will see the same. Normalised (merge rule 4): a property or Map value undefined is absent, an
 * array hole or undefined is null, -0 is 0, a Buffer is a Uint8Array.
 * @throws InvalidStateError naming the path, when a part of it cannot be stored (DESIGN §4 values: a closed list).
 */
export function capture(value: unknown, path: Path): unknown {
  return captureValue(value, [...path])
}

/**
 * A whole state, captured.
 * @throws InvalidStateError when it is not a plain object, or a part of it cannot be stored.
 */
export function captureRoot(value: unknown): State {
  const root = captureValue(value, [])
  if (typeof root !== 'object' || root === null || Object.getPrototypeOf(root) !== Object.prototype) {
    return refuseValue([], 'is the state itself and must be a plain object')
  }
  return root as State
}

/**
 * A value that a decoder has just made and nobody else holds, frozen in place: what `capture` would have made of it.
 * What is frozen already is taken as it is, and costs nothing.
 * @throws UnreadableDocumentError when it holds what no writer stores: reserved keys, foreign types, too much depth.
 */
export function adopt(value: unknown): unknown {
  return adoptValue(value, 0)
}

function captureValue(value: unknown, trail: PathSegment[]): unknown {
  switch (typeof value) {
    case 'string':
      return hasLoneSurrogate(value) ? refuseValue(trail, 'holds a lone surrogate') : value
    case 'number':
      return value === 0 ? 0 : value
    case 'boolean':
    case 'bigint':
      return value
    case 'object':
      return value === null ? null : captureObject(value, trail)
    default:
      return refuseValue(trail, value === undefined ? 'is undefined' : `is a ${typeof value}`)
  }
}

function captureObject(value: object, trail: PathSegment[]): unknown {
  if (trail.length > maxDepth) {
    // A cycle is found here too: eight segments are enough to see it.
    return refuseValue(trail.slice(0, 8), `leads to a value nested over ${maxDepth} levels deep`)
  }
  const source = settle(value, trail)
  const shape = checkShape(source, trail)
  switch (shape) {
    case 'object':
      return captureProperties(source, trail)
    case 'array':
      return captureArray(source as readonly unknown[], trail)
    case 'map':
      return captureMap(source as ReadonlyMap<unknown, unknown>, trail)
    case 'set':
      return captureSet(source as ReadonlySet<unknown>, trail)
    case 'date':
      return captureDate(source as Date, trail)
    case 'bytes':
      return storeBytes(source as Uint8Array)
    default:
      return shape satisfies never
  }
}

function captureProperties(source: object, trail: PathSegment[]): object {
  const copy: Record<string, unknown> = {}
  let mayHoldBytes = false
  const keys = Object.keys(source)
  for (const key of keys) {
    checkKey(key, trail)
    const property = Object.getOwnPropertyDescriptor(source, key)
    if (property?.get || property?.set) return refuseValue([...trail, key], 'is an accessor')
    if (property?.value === undefined) continue
    const child = captureAt(property.value, key, trail)
    mayHoldBytes ||= holdsBytes(child)
    copy[key] = child
  }
  return freezeContainer(quickToCopy(copy, keys.length), mayHoldBytes)
}

function captureArray(source: readonly unknown[], trail: PathSegment[]): object {
  const copy: unknown[] = []
  let mayHoldBytes = false
  for (let index = 0; index < source.length; index++) {
    const child = captureAt(source[index] ?? null, index, trail)
    mayHoldBytes ||= holdsBytes(child)
    copy.push(child)
  }
  return freezeContainer(copy, mayHoldBytes)
}

function captureMap(source: ReadonlyMap<unknown, unknown>, trail: PathSegment[]): object {
  const copy = new Map<PathSegment, unknown>()
  let mayHoldBytes = false
  for (const [key, value] of source) {
    checkKey(key, trail)
    if (value === undefined) continue
    const child = captureAt(value, key, trail)
    mayHoldBytes ||= holdsBytes(child)
    copy.set(key, child)
  }
  return freezeContainer(copy, mayHoldBytes)
}

function captureSet(source: ReadonlySet<unknown>, trail: PathSegment[]): object {
  const copy = new Set<unknown>()
  let mayHoldBytes = false
  let index = 0
  for (const member of source) {
    const child = captureAt(member, index++, trail)
    mayHoldBytes ||= holdsBytes(child)
    copy.add(child)
  }
  return freezeContainer(copy, mayHoldBytes)
}

function captureAt(value: unknown, segment: PathSegment, trail: PathSegment[]): unknown {
  trail.push(segment)
  const captured = captureValue(value, trail)
  trail.pop()
  return captured
}

function captureDate(date: Date, trail: Path): Date {
  if (isProtectedDate(date)) return date
  const time = date.getTime()
  return Number.isNaN(time) ? refuseValue(trail, 'is an invalid Date') : protectDate(new Date(time))
}

function adoptValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return value
    case 'object':
      return value === null || Object.isFrozen(value) ? value : adoptObject(value, depth)
    default:
      return unreadable(`a value of type ${typeof value}`)
  }
}

function adoptObject(value: object, depth: number): object {
  if (value instanceof Uint8Array) return storeBytes(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? unreadable('an invalid Date') : protectDate(value)
  if (depth > maxDepth) return unreadable(`a value nested over ${maxDepth} levels deep`)
  if (Array.isArray(value)) return adoptArray(value, depth)
  if (value instanceof Map) return adoptMap(value, depth)
  if (value instanceof Set) return adoptSet(value, depth)
  if (Object.getPrototypeOf(value) !== Object.prototype) return unreadable('a value of a foreign type')
  return adoptProperties(value as Record<string, unknown>, depth)
}

function adoptProperties(object: Record<string, unknown>, depth: number): object {
  let mayHoldBytes = false
  for (const key of Object.keys(object)) {
    if (isReservedKey(key)) return unreadable(`the reserved key ${key}`)
    const value = object[key]
    const adopted = adoptValue(value, depth + 1)
    if (adopted !== value) object[key] = adopted
    mayHoldBytes ||= holdsBytes(adopted)
  }
  return freezeContainer(object, mayHoldBytes)
}

function adoptArray(array: unknown[], depth: number): object {
  let mayHoldBytes = false
  for (let index = 0; index < array.length; index++) {
    const value = array[index]
    const adopted = adoptValue(value, depth + 1)
    if (adopted !== value) array[index] = adopted
    mayHoldBytes ||= holdsBytes(adopted)
  }
  return freezeContainer(array, mayHoldBytes)
}

function adoptMap(map: Map<unknown, unknown>, depth: number): object {
  let mayHoldBytes = false
  for (const [key, value] of map) {
    if (!isMapKey(key)) return unreadable('a Map key that is no key')
    if (isReservedKey(key)) return unreadable(`the reserved key ${String(key)}`)
    const adopted = adoptValue(value, depth + 1)
    if (adopted !== value) map.set(key, adopted)
    mayHoldBytes ||= holdsBytes(adopted)
  }
  return freezeContainer(map, mayHoldBytes)
}

function adoptSet(set: Set<unknown>, depth: number): object {
  const members = [...set].map(member => adoptValue(member, depth + 1))
  // A Set cannot exchange a member in its place, so one that had to be copied (bytes) means a new Set.
  const adopted = members.every(member => set.has(member)) ? set : new Set(members)
  return freezeContainer(adopted, members.some(holdsBytes))
}

function unreadable(what: string): never {
  throw new UnreadableDocumentError(`The document holds ${what}.`)
}
