import { NotLoadedError } from '@scopes/core'
import type { ScopeGate } from './gate.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import { type RequestOptions, type WebFunctions, web } from './web.ts'
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
  readonly #setUp: string
  /** By an object that stays the same all through a request. Not on it: that would need a type, or slow it down. */
  readonly #requests = new WeakMap<object, R>()

  constructor(gate: ScopeGate<D>, options: RequestOptions<From>, { cookieOf, isSecure, setUp }: AdapterParts<From>) {
    this.#parts = {
      gate,
      cookieOf,
      isSecure: options.isSecure ?? isSecure,
      renew: options.renew,
      ids: options.ids,
      requestId: options.requestId,
    }
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
    const scopes = this.requestOf(key)
    await Promise.all(names.map(name => scopes.open(name)))
  }

  /** What an application is given. `keyOf` finds the request of what a handler has. */
  web<Middleware extends object, Handed, Loader>(
    middleware: Middleware,
    names: readonly (keyof D & string)[],
    loader: (...names: readonly (keyof D & string)[]) => Loader,
    keyOf: (handed: Handed) => object,
  ): Middleware & WebFunctions<D, Handed, Loader> {
    const requestOf = (handed: Handed): ScopeRequest<D> => this.requestOf(keyOf(handed))
    return web<Middleware, D, Handed, Loader>(middleware, { names, requestOf, with: loader })
  }

  /** The request of the gate. @throws NotLoadedError where the middleware has not run */
  requestOf(key: object): ScopeRequest<D> {
    const request = this.#requests.get(key)
    if (request) return request.scopes
    throw new NotLoadedError(`The scopes were asked for before their middleware ran: ${this.#setUp} must come before.`)
  }
}
