import type { StateOf } from '@scopes/core'
import type { Definitions, GateOptions } from './options.ts'
import type { RequestScope } from './request-scope.ts'
import type { ScopeRequest } from './scope-request.ts'

/** What an adapter may be told of requests. `From` is what the framework hands to a handler. */
export interface RequestOptions<From> {
  /** Whether the visitor came by https. Default: as the framework says, which may be told to trust a proxy. */
  readonly isSecure?: ((from: From) => boolean) | undefined
  /** Whether this request may move the deadlines of scopes that it only reads. Default: yes. */
  readonly renew?: ((from: From) => boolean) | undefined
  /**
   * Ids of the scope of this name that the request brings elsewhere than in its cookies, such as in its URL. One that names a living
   * scope goes before the cookie, and is not made one. Whoever is given such a URL has the scope: default none.
   */
  readonly ids?: ((from: From, name: string) => readonly string[]) | undefined
  /** Names the request in the origin of its commits. */
  readonly requestId?: ((from: From) => string | undefined) | undefined
}

/** Options of an adapter, the same in every framework. */
export interface WebOptions<D extends Definitions, From> extends GateOptions<D>, RequestOptions<From> {}

/** A gate in a framework, for packages that have a gate of their own. */
export interface GateMiddleware<Middleware, From, R> {
  /** To be used once. */
  readonly middleware: Middleware
  /** The request of the gate. @throws NotLoadedError where the middleware has not run */
  of(from: From): R
}

/** The definitions of scopes as an adapter takes them: names that it needs itself are refused by the compiler too. */
export type WebDefinitions<D extends Definitions> = D & { readonly [Reserved in 'of' | 'with']?: never }

/** The scopes of a gate by name, open. */
type OpenScopesOf<D extends Definitions> = { readonly [K in keyof D]: RequestScope<StateOf<D[K]>> }

/** What is beside the middleware: a function per scope, and `of` and `with`, which no scope can be called. */
export type WebFunctions<D extends Definitions, From, Loader> = {
  /** The scope of this visitor: one load per request, none without a cookie; rejects when the load fails. */
  readonly [K in keyof D]: (from: From) => Promise<RequestScope<StateOf<D[K]>>>
} & {
  /** The scopes that are loaded already, synchronously. Reading another one throws NotLoadedError. */
  of(from: From): OpenScopesOf<D>
  /** A middleware that loads these scopes before a handler runs. */
  with(...names: readonly (keyof D & string)[]): Loader
}

/** What an adapter brings. */
export interface WebParts<D extends Definitions, From, Loader> {
  readonly names: readonly (keyof D & string)[]
  /** The request of the gate. @throws NotLoadedError where the middleware has not run */
  readonly requestOf: (from: From) => ScopeRequest<D>
  readonly with: (...names: readonly (keyof D & string)[]) => Loader
}

/** The middleware of a framework with the functions that handlers call. */
export function web<Middleware extends object, D extends Definitions, From, Loader>(
  middleware: Middleware,
  parts: WebParts<D, From, Loader>,
): Middleware & WebFunctions<D, From, Loader> {
  const { names, requestOf } = parts
  const own: PropertyDescriptorMap = {
    of: { value: (from: From) => openScopes(names, requestOf(from)) },
    with: { value: parts.with },
  }
  for (const name of names) {
    const open = (from: From): Promise<unknown> => {
      try {
        return requestOf(from).open(name)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    own[name] = { value: open, enumerable: true }
  }
  // Not by assignment: a function's `name` and `length` are read-only, and a scope may be called so.
  return Object.defineProperties(middleware, own) as Middleware & WebFunctions<D, From, Loader>
}

function openScopes<D extends Definitions>(
  names: readonly (keyof D & string)[],
  request: ScopeRequest<D>,
): OpenScopesOf<D> {
  const scopes = {}
  for (const name of names) Object.defineProperty(scopes, name, { get: () => request.opened(name), enumerable: true })
  return scopes as OpenScopesOf<D>
}
