import { types } from 'node:util'
import { current, isDraft } from 'immer'
import { type Kind, kindOf } from './kind.ts'
import type { Path } from './path.ts'
import { refuseValue } from './refuse.ts'

/** What `checkShape` found: a container, or a leaf that is an object. */
export type Shape = Exclude<Kind, 'leaf'> | 'date' | 'bytes'

/** The value itself; of a draft that lives elsewhere, what it stands for. */
export function settle(value: object, path: Path): object {
  try {
    return isDraft(value) ? current<object>(value) : value
  } catch {
    // A proxy that answers nothing: a draft kept from an earlier recipe, or one inside a frozen object or a new Set,
    // where immer does not put the value in its place.
    return refuseValue(path, 'is a draft that has been finished; put a copy there (immer: current)')
  }
}

/**
 * What this value is, apart from what it contains: exactly that, no subclass of it, and with nothing that would be lost.
 * Realms do not matter (a vm context, a test runner).
 * @throws InvalidStateError when it cannot be stored.
 */
export function checkShape(value: object, path: Path): Shape {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value)) {
    // Own keys come in order: indexes, then `length`, then whatever else was put on the array.
    if (Reflect.ownKeys(value).at(-1) !== 'length') return refuseValue(path, 'is an array with extra properties')
    return isPrototypeOf(prototype, 'Array', Array.prototype) ? 'array' : refuseInstance(value, path)
  }
  if (types.isUint8Array(value)) {
    const isKnown = prototype === Buffer.prototype || isPrototypeOf(prototype, 'Uint8Array', Uint8Array.prototype)
    return isKnown ? 'bytes' : refuseInstance(value, path)
  }
  if (types.isMap(value) && isPrototypeOf(prototype, 'Map', Map.prototype)) return without(value, 'map', path)
  if (types.isSet(value) && isPrototypeOf(prototype, 'Set', Set.prototype)) return without(value, 'set', path)
  if (types.isDate(value) && isPrototypeOf(prototype, 'Date', Date.prototype)) return without(value, 'date', path)
  if (prototype !== null && !isPrototypeOf(prototype, 'Object', Object.prototype)) return refuseInstance(value, path)
  if (Reflect.ownKeys(value).length !== Object.keys(value).length) {
    return refuseValue(path, 'has a symbol or hidden property')
  }
  return 'object'
}

/**
 * The same of a container that immer copied from one of a state and that was changed since: only what can happen to
 * such a copy is looked for, because every commit pays for it.
 */
export function checkEditedShape(value: object, path: Path): void {
  if (Object.getOwnPropertySymbols(value).length > 0) return refuseValue(path, 'has a symbol as a property')
  if (!Array.isArray(value)) return
  const keys = Object.keys(value)
  // Fewer than the length: holes. In their place there may be properties that are no indexes.
  const last = keys.at(-1)
  if (last !== undefined && !isIndex(last)) return refuseValue(path, 'is an array with extra properties')
}

/** Whether this value is a container of the very class that its kind says. */
export function isOfItsKind(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  switch (kindOf(value)) {
    case 'object':
      return prototype === Object.prototype
    case 'array':
      return prototype === Array.prototype
    case 'map':
      return prototype === Map.prototype
    case 'set':
      return prototype === Set.prototype
    default:
      return false
  }
}

function without(value: object, shape: Shape, path: Path): Shape {
  const extras = Reflect.ownKeys(value)
  // What is in a state has hidden methods of its own that throw.
  if (extras.length > 0 && !Object.isFrozen(value)) return refuseValue(path, `is a ${shape} with extra properties`)
  return shape
}

/** Whether this is the prototype of the built-in class itself, of this realm (`own`) or another, and of no subclass. */
function isPrototypeOf(prototype: unknown, className: string, own: object): boolean {
  if (prototype === own) return true
  if (typeof prototype !== 'object' || prototype === null || !Object.hasOwn(prototype, 'constructor')) return false
  const { constructor } = prototype
  return (
    typeof constructor === 'function' &&
    Function.prototype.toString.call(constructor) === `function ${className}() { [native code] }`
  )
}

function isIndex(key: string): boolean {
  const index = Number(key)
  return Number.isInteger(index) && index >= 0 && String(index) === key
}

function refuseInstance(value: object, path: Path): never {
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } }
  const name = constructor?.name
  return refuseValue(path, `is an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}`)
}
