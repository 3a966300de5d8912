import { InvalidStateError } from '@scopes/core'
import type { StructSource } from './scope-struct.ts'
import { isHidden } from './variables-of.ts'

/**
 * A client as ColdFusion has it takes texts, numbers, truth values and dates.
 * @throws InvalidStateError for anything else, such as a struct or a list of values.
 */
export function refuseComplex(key: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Date) return
  throw new InvalidStateError(
    `client.${key} is a complex value; under compat 'coldfusion' a client holds texts, numbers, booleans and dates. Write it as a text.`,
    { path: [key] },
  )
}

/** Variables that can be forgotten for the rest of a request: they stay where they are stored, until they are written again. */
export class ForgetfulSource implements StructSource {
  readonly #kept: StructSource
  readonly #forgotten = new Set<string | symbol>()

  constructor(kept: StructSource) {
    this.#kept = kept
  }

  get isOpen(): boolean {
    return this.#kept.isOpen
  }

  get value(): object {
    const { value } = this.#kept
    if (this.#forgotten.size === 0) return value
    return Object.fromEntries(Object.entries(value).filter(([key]) => !this.#forgotten.has(key)))
  }

  get draft(): object {
    const { draft } = this.#kept
    return this.#forgotten.size === 0 ? draft : new Proxy(draft, new ForgetfulHandler(this.#forgotten))
  }

  /** Afterwards there are no variables. */
  forget(): void {
    for (const key of Object.keys(this.#kept.value)) if (!isHidden(key)) this.#forgotten.add(key)
  }
}

class ForgetfulHandler implements ProxyHandler<object> {
  readonly #forgotten: Set<string | symbol>

  constructor(forgotten: Set<string | symbol>) {
    this.#forgotten = forgotten
  }

  get(draft: object, key: string | symbol): unknown {
    return this.#forgotten.has(key) ? undefined : Reflect.get(draft, key)
  }

  set(draft: object, key: string | symbol, value: unknown): boolean {
    const stored = this.#storedAs(key)
    this.#forgotten.delete(stored)
    return Reflect.set(draft, stored, value)
  }

  deleteProperty(draft: object, key: string | symbol): boolean {
    return this.#forgotten.has(key) || Reflect.deleteProperty(draft, key)
  }

  has(draft: object, key: string | symbol): boolean {
    return !this.#forgotten.has(key) && Reflect.has(draft, key)
  }

  ownKeys(draft: object): (string | symbol)[] {
    return Reflect.ownKeys(draft).filter(key => !this.#forgotten.has(key))
  }

  /** A forgotten variable that differs only in case is the same one. */
  #storedAs(key: string | symbol): string | symbol {
    const wanted = String(key).toLowerCase()
    return [...this.#forgotten].find(known => String(known).toLowerCase() === wanted) ?? key
  }

  getOwnPropertyDescriptor(draft: object, key: string | symbol): PropertyDescriptor | undefined {
    return this.#forgotten.has(key) ? undefined : Reflect.getOwnPropertyDescriptor(draft, key)
  }
}
