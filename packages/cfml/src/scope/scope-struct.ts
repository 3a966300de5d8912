import { inspect } from 'node:util'
import { InvalidArgumentError } from '@scopes/core'
import { clearsItself, mustBeStorable } from '../struct/struct-keys.ts'
import { CaselessViews, keyIn } from './caseless.ts'
import { isHidden, variablesOf } from './variables-of.ts'

/** Where the variables of a struct are. */
export interface StructSource {
  /** Changes are still taken: `draft` can be used. */
  readonly isOpen: boolean
  /** The variables, frozen, with what was changed. */
  readonly value: object
  /** The variables, to be changed in place. */
  readonly draft: object
}

/** How a struct behaves. */
export interface StructOptions {
  readonly source: StructSource
  /** By name, in lower case and in order. They stand before the variables, and are not stored. */
  readonly builtIns: Map<string, unknown>
  /** The built-ins cannot be assigned to or deleted: their descriptors are not writable. Else that holds as long as the struct does. */
  readonly hasFixedBuiltIns: boolean
  /** Case of keys does not count, at any depth. */
  readonly isCaseless: boolean
  /** What the struct is called in errors. */
  readonly name: string
  /** What `structClear` does to it; undefined: every key is deleted that can be. */
  readonly clear?: ((struct: object) => void) | undefined
  /** @throws what speaks against such a value of a variable */
  readonly accept?: ((key: string, value: unknown) => void) | undefined
  /** Reading a key that is not there throws, as in the old systems. Else it is undefined, as in every object. */
  readonly throwsOnMissing: boolean
}

/** What the language and its libraries look for in objects: it is not there, and that is no mistake of anybody. */
const asked: ReadonlySet<string> = new Set(['then', 'toJSON', 'asymmetricMatch', 'nodeType', 'tagName', '$$typeof'])

/**
 * The variables of a scope and its built-ins as one object: `session.cart = […]`, `delete session.cart`, `Object.keys(session)`.
 * Changes go to the draft. Reading costs no draft as long as it is texts, numbers and the like that are read.
 */
export function scopeStruct(options: StructOptions): object {
  return new Proxy(target, new StructHandler(options))
}

/** What a struct shows on the console. */
const shown = Symbol('shown')

/**
 * All structs have this one target: nothing is ever put on it, and to make one for each costs more than the rest of a struct. Node's console
 * looks past every proxy, and finds here what it is to show.
 */
const target: object = {
  [inspect.custom](this: object): unknown {
    return Reflect.get(this, shown)
  },
}

class StructHandler implements ProxyHandler<object> {
  readonly #options: StructOptions
  readonly #builtInNames: ReadonlySet<string>
  readonly #views: CaselessViews | undefined
  /** The variables are read from the draft: there may be objects in it that were handed out. */
  #isDrafting = false

  constructor(options: StructOptions) {
    this.#options = options
    this.#views = options.isCaseless ? new CaselessViews() : undefined
    this.#builtInNames = new Set(options.builtIns.keys())
  }

  get(_target: object, key: string | symbol, struct: object): unknown {
    if (typeof key === 'symbol') return this.#asked(key, struct)
    const { builtIns, source } = this.#options
    const builtIn = this.#builtIn(key)
    if (builtIn !== undefined && builtIns.has(builtIn)) return this.#shown(builtIns.get(builtIn))
    const variable = builtIn === undefined ? this.#variable(key) : undefined
    if (variable === undefined) return this.#missing(key)
    const value: unknown = Reflect.get(this.#view(), variable)
    if (typeof value !== 'object' || value === null) return value
    return this.#shown(source.isOpen ? Reflect.get(this.#draft(), variable) : value)
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol') return false
    const { builtIns, hasFixedBuiltIns, name } = this.#options
    const builtIn = this.#builtIn(key)
    if (builtIn !== undefined) {
      if (hasFixedBuiltIns)
        throw new InvalidArgumentError(`${name}.${builtIn} cannot be changed: the scope itself keeps it.`)
      builtIns.set(builtIn, value)
      return true
    }
    if (isHidden(key)) throw new InvalidArgumentError(`${name}.${key} is reserved; choose another name.`)
    mustBeStorable(name, key)
    if (value === undefined) return this.deleteProperty(target, key)
    this.#options.accept?.(key, value)
    const draft = this.#draft()
    return Reflect.set(draft, this.#variable(key) ?? key, this.#views ? this.#views.without(value) : value)
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol') return true
    const { builtIns, hasFixedBuiltIns, name } = this.#options
    const builtIn = this.#builtIn(key)
    if (builtIn !== undefined) {
      if (hasFixedBuiltIns)
        throw new InvalidArgumentError(`${name}.${builtIn} cannot be deleted: the scope itself keeps it.`)
      builtIns.delete(builtIn)
      return true
    }
    const variable = this.#variable(key)
    return variable === undefined || Reflect.deleteProperty(this.#draft(), variable)
  }

  has(_target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol') return false
    const builtIn = this.#builtIn(key)
    return builtIn === undefined ? this.#variable(key) !== undefined : this.#options.builtIns.has(builtIn)
  }

  ownKeys(): string[] {
    return [...this.#options.builtIns.keys(), ...Object.keys(this.#view()).filter(key => !isHidden(key))]
  }

  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === 'symbol' || !this.has(target, key)) return undefined
    const { builtIns, hasFixedBuiltIns } = this.#options
    const builtIn = this.#builtIn(key)
    const isFixed = hasFixedBuiltIns && builtIn !== undefined
    // Whoever lists keys looks at this too: he gets no draft for it.
    const value: unknown =
      builtIn === undefined ? Reflect.get(this.#view(), this.#variable(key) ?? key) : builtIns.get(builtIn)
    return { value: this.#shown(value), writable: !isFixed, enumerable: true, configurable: true }
  }

  defineProperty(_target: object, key: string | symbol, { value }: PropertyDescriptor): boolean {
    return this.set(target, key, value)
  }

  preventExtensions(): boolean {
    return false
  }

  setPrototypeOf(): boolean {
    return false
  }

  /** The name of the built-in that the key names, be it there or deleted. */
  #builtIn(key: string): string | undefined {
    const name = this.#options.isCaseless ? key.toLowerCase() : key
    return this.#builtInNames.has(name) ? name : undefined
  }

  /** The variable that the key names, as it is stored. */
  #variable(key: string): string | undefined {
    if (isHidden(key)) return undefined
    return keyIn(this.#view(), key, this.#options.isCaseless)
  }

  #view(): object {
    const { source } = this.#options
    return this.#isDrafting && source.isOpen ? source.draft : source.value
  }

  #draft(): object {
    const { draft } = this.#options.source
    this.#isDrafting = true
    return draft
  }

  #shown(value: unknown): unknown {
    return this.#views ? this.#views.of(value) : value
  }

  /** What is no variable the language asks for by symbols. */
  #asked(key: symbol, struct: object): unknown {
    const { builtIns, clear, source } = this.#options
    if (key === shown) return { ...Object.fromEntries(builtIns), ...variablesOf(source.value) }
    if (key === clearsItself) return clear && (() => clear(struct))
    return Reflect.get(target, key)
  }

  #missing(key: string): unknown {
    // What every object has by itself is none of the variables.
    if (key in target) return Reflect.get(target, key)
    const { name, throwsOnMissing } = this.#options
    if (!throwsOnMissing || asked.has(key)) return undefined
    throw new InvalidArgumentError(`${name} has no "${key}". It has: ${this.ownKeys().join(', ')}.`)
  }
}
