import { InvalidArgumentError } from '@scopes/core'
import {
  type KeyRule,
  type Struct,
  changeableKeys,
  checked,
  clearsItself,
  findKey,
  keysOf,
  missingKey,
  mustBeStorable,
  structIn,
  writable,
} from './struct-keys.ts'

/**
 * CFML's functions over structs, for scopes and for the objects in them. What changes a scope is given its draft. A key whose
 * value is undefined is not there; null is a value.
 */
export interface StructFunctions {
  /** The keys, in the order in which they were written. */
  readonly structKeyArray: (struct: object) => string[]
  /** The same as one text. */
  readonly structKeyList: (struct: object, delimiter?: string) => string
  readonly structCount: (struct: object) => number
  /** Never true for what every object inherits, such as `toString`. */
  readonly structKeyExists: (struct: object, key: string) => boolean
  /** The value. @throws InvalidArgumentError that names the keys there are, when there is none. */
  readonly structFind: (struct: object, key: string) => unknown
  /**
   * Afterwards the key has the value.
   * @throws InvalidArgumentError when it had one and `allowOverwrite` is not true
   */
  readonly structInsert: (
    struct: object,
    key: string,
    value: unknown,
    options?: { readonly allowOverwrite?: boolean },
  ) => true
  /** Afterwards the key has the value. @throws InvalidArgumentError that names the keys there are, when it had none. */
  readonly structUpdate: (struct: object, key: string, value: unknown) => true
  /** Afterwards the key is not there. With `indicateNotExisting` it tells whether it was; without, always true. */
  readonly structDelete: (struct: object, key: string, options?: { readonly indicateNotExisting?: boolean }) => boolean
  /**
   * Afterwards the struct is empty, but for what cannot be changed, such as `server.os`. Built-ins are back in the next request. It is
   * no logout: the session goes on, empty. Under `compat: 'coldfusion'` the server keeps its names, with empty texts, and a
   * client is empty for this request only, but for what is written to it then.
   */
  readonly structClear: (struct: object) => true
  /** Afterwards `struct` has the values of `from` too; `overwriteFlag: false`: only where it had none. */
  readonly structAppend: (struct: object, from: object, options?: { readonly overwriteFlag?: boolean }) => true
  /** A copy of its own of the keys and of the arrays in them; structs in it are the same ones. For all of it: `duplicate`. */
  readonly structCopy: <T extends object>(struct: T) => T
}

/** The functions, by the rule for keys that an application has. */
export function structFunctions(rule: KeyRule): StructFunctions {
  const put = (struct: Struct, key: string, value: unknown): true => {
    struct[findKey(struct, key, rule) ?? key] = value
    return true
  }
  return {
    structKeyArray: struct => keysOf(structIn('structKeyArray', struct)),
    structKeyList: (struct, delimiter = ',') => keysOf(structIn('structKeyList', struct)).join(delimiter),
    structCount: struct => keysOf(structIn('structCount', struct)).length,
    structKeyExists: (struct, key) => findKey(checked('structKeyExists', struct, key), key, rule) !== undefined,
    structFind(struct, key) {
      const asked = checked('structFind', struct, key)
      const found = findKey(asked, key, rule)
      if (found === undefined) throw missingKey('structFind', asked, key)
      return asked[found]
    },
    structInsert(struct, key, value, { allowOverwrite = false } = {}) {
      const changed = toBeChanged('structInsert', struct, key)
      if (!allowOverwrite && findKey(changed, key, rule) !== undefined) {
        throw new InvalidArgumentError(
          `structInsert: there is a key ${JSON.stringify(key)} already; say allowOverwrite: true, or use structUpdate.`,
        )
      }
      return put(changed, key, value)
    },
    structUpdate(struct, key, value) {
      const changed = toBeChanged('structUpdate', struct, key)
      if (findKey(changed, key, rule) === undefined) throw missingKey('structUpdate', changed, key)
      return put(changed, key, value)
    },
    structDelete(struct, key, { indicateNotExisting = false } = {}) {
      const changed = toBeChanged('structDelete', struct, key)
      const found = findKey(changed, key, rule)
      if (found !== undefined) delete changed[found]
      return found !== undefined || !indicateNotExisting
    },
    structClear(struct) {
      const cleared = writable('structClear', struct)
      const own: unknown = Reflect.get(cleared, clearsItself)
      if (typeof own === 'function') own()
      else for (const key of changeableKeys(cleared)) delete cleared[key]
      return true
    },
    structAppend(struct, from, { overwriteFlag = true } = {}) {
      const changed = writable('structAppend', struct)
      const added = structIn('structAppend', from)
      const keys = keysOf(added)
      // All of it or nothing: a key that is refused must not leave half of the others behind.
      for (const key of keys) mustBeStorable('structAppend', key)
      for (const key of keys) {
        if (overwriteFlag || findKey(changed, key, rule) === undefined) put(changed, key, added[key])
      }
      return true
    },
    structCopy<T extends object>(struct: T): T {
      const copied = structIn('structCopy', struct)
      const copy = keysOf(copied).map((key): [string, unknown] => {
        const value = copied[key]
        return [key, Array.isArray(value) ? [...(value as readonly unknown[])] : value]
      })
      return Object.fromEntries(copy) as T
    },
  }
}

function toBeChanged(name: string, struct: object, key: string): Struct {
  checked(name, struct, key)
  mustBeStorable(name, key)
  return writable(name, struct)
}
