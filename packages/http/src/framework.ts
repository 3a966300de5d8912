import type { Scopes } from '@scopes/core'
import { Adapter, type AdapterParts } from './adapter.ts'
import { type ScopeGate, createGate } from './gate.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import { type GateMiddleware, type RequestOptions, type WebFunctions, type WebOptions, web } from './web.ts'

/** A framework, described once. */
export interface Framework<From extends Asked, Asked, Middleware extends object, Loader> extends AdapterParts<
  From,
  Asked
> {
  /** Begins requests, and has what they changed stored before the head leaves. */
  readonly middleware: (adapter: Adapter<From, Asked>) => Middleware
  /** Loads scopes before a handler; a request that has not begun is begun. */
  readonly loader: (load: (asked: Asked) => Promise<void>, middleware: Middleware) => Loader
}

/** The middleware of a framework with the functions that handlers call. */
export function scopesIn<D extends Definitions, From extends Asked, Asked, Middleware extends object, Loader>(
  framework: Framework<From, Asked, Middleware, Loader>,
  scopes: Scopes,
  definitions: D,
  options: WebOptions<D, From>,
): Middleware & WebFunctions<D, Asked, Loader> {
  const adapter = new Adapter(framework, createGate<D>(scopes, definitions, options), options)
  const middleware = framework.middleware(adapter)
  return web<Middleware, D, Asked, Loader>(middleware, {
    names: Object.keys(definitions),
    requestOf: asked => adapter.requestOf(asked),
    with: (...names) => framework.loader(asked => adapter.load(asked, names), middleware),
  })
}

/** A gate of one's own in a framework. */
export function gateIn<
  D extends Definitions,
  G extends ScopeRequest<D>,
  From extends Asked,
  Asked,
  Middleware extends object,
  Loader,
>(
  framework: Framework<From, Asked, Middleware, Loader>,
  gate: ScopeGate<D, G>,
  options: RequestOptions<From>,
): GateMiddleware<Middleware, Asked, G> {
  const adapter = new Adapter(framework, gate, options)
  // What the adapter keeps is what this gate has begun.
  return { middleware: framework.middleware(adapter), of: asked => adapter.requestOf(asked) as G }
}
