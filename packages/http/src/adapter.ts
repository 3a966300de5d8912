import { NotLoadedError, type Scopes } from '@scopes/core'
import { createGate } from './gate.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import { type WebDefinitions, type WebFunctions, type WebOptions, web } from './web.ts'
import type { WebRequest, WebRequestParts } from './web-request.ts'

/** How a framework answers for its requests. */
export interface AdapterParts<From> {
  readonly cookieOf: (from: From) => string | undefined
  /** Where the application does not say it. */
  readonly isSecure: (from: From) => boolean
  /** What an application must do before it asks for scopes, as it is written in that framework. */
  readonly setUp: string
}

/** What the adapters of all frameworks have in common: the gate, and the requests that have begun. */
export class Adapter<D extends Definitions, From, R extends WebRequest<D, From>> {
  readonly #parts: WebRequestParts<D, From>
  readonly #names: readonly (keyof D & string)[]
  readonly #setUp: string
  /** By an object that stays the same all through a request. Not on it: that would need a type, or slow it down. */
  readonly #requests = new WeakMap<object, R>()

  /** @throws InvalidArgumentError that names the option which is not allowed */
  constructor(scopes: Scopes, definitions: WebDefinitions<D>, options: WebOptions<D, From>, parts: AdapterParts<From>) {
    const { cookieOf, isSecure, setUp } = parts
    const gate = createGate<D>(scopes, definitions, options)
    this.#parts = {
      gate,
      cookieOf,
      isSecure: options.isSecure ?? isSecure,
      renew: options.renew,
      requestId: options.requestId,
    }
    this.#names = Object.keys(definitions)
    this.#setUp = setUp
  }

  /** Begins a request. Undefined: it has begun already, because the middleware is used twice. */
  begin(key: object, create: (parts: WebRequestParts<D, From>) => R): R | undefined {
    if (this.#requests.has(key)) return undefined
    const request = create(this.#parts)
    this.#requests.set(key, request)
    return request
  }

  find(key: object): R | undefined {
    return this.#requests.get(key)
  }

  async load(key: object, names: readonly (keyof D & string)[]): Promise<void> {
    const scopes = this.#scopesOf(key)
    await Promise.all(names.map(name => scopes.open(name)))
  }

  /** What an application is given. `keyOf` finds the request of what a handler has. */
  web<Middleware extends object, Handed, Loader>(
    middleware: Middleware,
    loader: (...names: readonly (keyof D & string)[]) => Loader,
    keyOf: (handed: Handed) => object,
  ): Middleware & WebFunctions<D, Handed, Loader> {
    const requestOf = (handed: Handed): ScopeRequest<D> => this.#scopesOf(keyOf(handed))
    return web<Middleware, D, Handed, Loader>(middleware, { names: this.#names, requestOf, with: loader })
  }

  #scopesOf(key: object): ScopeRequest<D> {
    const request = this.#requests.get(key)
    if (request) return request.scopes
    throw new NotLoadedError(`The scopes were asked for before their middleware ran: ${this.#setUp} must come before.`)
  }
}
