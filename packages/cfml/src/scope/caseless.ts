/** The key of an object that is `key`, or differs from it only in case; undefined: there is none. */
export function keyIn(object: object, key: string, isCaseless: boolean): string | undefined {
  if (Object.hasOwn(object, key)) return key
  if (!isCaseless) return undefined
  const wanted = key.toLowerCase()
  return Object.keys(object).find(name => name.toLowerCase() === wanted)
}

/** Views of the objects in a struct in which case of keys does not count. What is assigned keeps the case that it was given. */
export class CaselessViews {
  /** One view for each object, so that it is the same each time. */
  readonly #views = new WeakMap<object, object>()
  readonly #viewed = new WeakMap<object, object>()

  /** The view of an object or array; other values as they are. */
  of(value: unknown): unknown {
    if (!isStruct(value)) return value
    const known = this.#views.get(value)
    if (known) return known
    // Not the object itself: of a frozen one a view could not show views of its parts.
    const view = new Proxy(Array.isArray(value) ? [] : {}, new ViewHandler(value, this))
    this.#views.set(value, view)
    this.#viewed.set(view, value)
    return view
  }

  /** What a view shows; other values as they are. */
  without(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#viewed.get(value) ?? value) : value
  }
}

class ViewHandler implements ProxyHandler<object> {
  readonly #object: object
  readonly #views: CaselessViews

  constructor(object: object, views: CaselessViews) {
    this.#object = object
    this.#views = views
  }

  get(_target: object, key: string | symbol): unknown {
    return this.#views.of(Reflect.get(this.#object, this.#key(key)))
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    return Reflect.set(this.#object, this.#key(key), this.#views.without(value))
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    return Reflect.deleteProperty(this.#object, this.#key(key))
  }

  has(_target: object, key: string | symbol): boolean {
    return Reflect.has(this.#object, this.#key(key))
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#object)
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    const descriptor = Reflect.getOwnPropertyDescriptor(this.#object, this.#key(key))
    if (descriptor === undefined) return undefined
    // The length of a list is one that cannot be redefined, of the view as well.
    const isConfigurable = Reflect.getOwnPropertyDescriptor(target, key)?.configurable !== false
    return { ...descriptor, value: this.get(target, key), writable: true, configurable: isConfigurable }
  }

  defineProperty(target: object, key: string | symbol, { value }: PropertyDescriptor): boolean {
    return this.set(target, key, value)
  }

  #key(key: string | symbol): string | symbol {
    if (typeof key === 'symbol' || Array.isArray(this.#object)) return key
    return keyIn(this.#object, key, true) ?? key
  }
}

function isStruct(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}
