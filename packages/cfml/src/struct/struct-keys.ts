import { InvalidArgumentError, InvalidStateError } from '@scopes/core'

/** A struct: a scope, or an object in one. */
export type Struct = Record<string, unknown>

/** The name under which a struct has what `structClear` does to it, where that is not to delete every key. */
export const clearsItself: unique symbol = Symbol('clear')

/** How a struct is asked for a key. */
export interface KeyRule {
  /** `Cart` and `cart` are one key; the case in which it was written first stays. */
  readonly isCaseInsensitive: boolean
}

/** What no value of a scope may be called, at any depth. */
const reserved: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor'])

/** The most keys that an error names. */
const mostNamed = 50

/** The keys that have a value, in the order in which they were written. */
export function keysOf(struct: Struct): string[] {
  return Object.keys(struct).filter(key => struct[key] !== undefined)
}

/** The keys whose values can be changed: all, but for built-ins of the server. */
export function changeableKeys(struct: Struct): string[] {
  return Object.keys(struct).filter(key => Object.getOwnPropertyDescriptor(struct, key)?.writable === true)
}

/** The key under which the struct has the value; undefined: it has none. */
export function findKey(struct: Struct, key: string, { isCaseInsensitive }: KeyRule): string | undefined {
  if (Object.hasOwn(struct, key) && struct[key] !== undefined) return key
  if (!isCaseInsensitive) return undefined
  const wanted = key.toLowerCase()
  return keysOf(struct).find(name => name.toLowerCase() === wanted)
}

/**
 * The struct that a function was given, and the key.
 * @throws InvalidArgumentError when it is none, or the key is no text.
 */
export function checked(name: string, struct: object, key: string): Struct {
  if (typeof key !== 'string' || key === '') {
    throw new InvalidArgumentError(`${name}: the key must be a text that is not empty.`)
  }
  return structIn(name, struct)
}

/** @throws InvalidArgumentError when it is none. */
export function structIn(name: string, struct: unknown): Struct {
  const isStruct =
    typeof struct === 'object' &&
    struct !== null &&
    !Array.isArray(struct) &&
    !(struct instanceof Map || struct instanceof Set || struct instanceof Date || ArrayBuffer.isView(struct))
  if (!isStruct) throw new InvalidArgumentError(`${name} takes a struct: a scope, or an object in one.`)
  return struct as Struct
}

/**
 * The struct, to be changed.
 * @throws InvalidArgumentError when it is none, or a value that is only to be read.
 */
export function writable(name: string, struct: object): Struct {
  const checkedStruct = structIn(name, struct)
  if (!Object.isFrozen(struct)) return checkedStruct
  throw new InvalidArgumentError(`${name}: the struct is a value to be read; give the draft of the scope.`)
}

/** @throws InvalidStateError for a key that no value of a scope may have. */
export function mustBeStorable(name: string, key: string): void {
  if (!reserved.has(key)) return
  throw new InvalidStateError(`${name}: the key "${key}" is reserved; choose another name.`, { path: [key] })
}

/** The error about a key that is not there: it names those that are. */
export function missingKey(name: string, struct: Struct, key: string): InvalidArgumentError {
  const keys = keysOf(struct)
  const named = keys.slice(0, mostNamed).join(', ')
  const more = keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : ''
  const has = keys.length === 0 ? 'The struct is empty.' : `The struct has: ${named}${more}.`
  return new InvalidArgumentError(`${name}: there is no key ${JSON.stringify(key)}. ${has}`)
}
