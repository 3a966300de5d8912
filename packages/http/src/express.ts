import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scopes } from '@scopes/core'
import { Adapter } from './adapter.ts'
import { type ScopeGate, createGate } from './gate.ts'
import { Exchange } from './node/exchange.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { GateMiddleware, RequestOptions, WebDefinitions, WebFunctions, WebOptions } from './web.ts'

/** A middleware of express, by structure: no types of express are needed. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** The middleware to be used once, with a function for each scope: `await web.session(req)`. */
export type ExpressScopes<D extends Definitions> = ExpressMiddleware &
  WebFunctions<D, IncomingMessage, ExpressMiddleware>

/** Options of `expressScopes`. By default `req.secure` says whether the visitor came by https. */
export type ExpressScopesOptions<D extends Definitions = Definitions> = WebOptions<D, IncomingMessage>

/**
 * Scopes for express 5 and whatever calls `(req, res, next)`. Drafts are stored before the response head leaves; when that
 * fails the error goes to the application's error handler and nothing of the answer is sent.
 *
 * ```ts
 * const web = expressScopes(scopes, { session: Session, client: Client })
 * app.use(web)
 * app.post('/cart', async (req, res) => {
 *   const session = await web.session(req)
 *   session.draft.cart.push(req.body.sku)
 *   res.redirect(303, '/cart')
 * })
 * ```
 * @throws InvalidArgumentError that names the option which is not allowed.
 */
export function expressScopes<const D extends Definitions>(
  scopes: Scopes,
  definitions: WebDefinitions<D>,
  options: ExpressScopesOptions<D> = {},
): ExpressScopes<D> {
  const { adapter, middleware } = adapt<D>(createGate<D>(scopes, definitions, options), options)
  const load = (...names: readonly (keyof D & string)[]): ExpressMiddleware => {
    return (request, response, next) =>
      middleware(request, response, () => void adapter.load(request, names).then(() => next(), next))
  }
  return adapter.web(middleware, Object.keys(definitions), load, (request: IncomingMessage) => request)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function expressGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<IncomingMessage> = {},
): GateMiddleware<ExpressMiddleware, IncomingMessage, R> {
  const { adapter, middleware } = adapt<D>(gate, options)
  // What the adapter keeps is what this gate has begun.
  return { middleware, of: request => adapter.requestOf(request) as R }
}

interface ExpressAdapter<D extends Definitions> {
  readonly adapter: Adapter<D, IncomingMessage, Exchange<D>>
  readonly middleware: ExpressMiddleware
}

function adapt<D extends Definitions>(gate: ScopeGate<D>, options: RequestOptions<IncomingMessage>): ExpressAdapter<D> {
  const parts = { cookieOf, isSecure, setUp: 'app.use(web)' }
  const adapter = new Adapter<D, IncomingMessage, Exchange<D>>(gate, options, parts)
  const middleware: ExpressMiddleware = (request, response, next) => {
    adapter.begin(request, begun => new Exchange(begun, request, response, next))
    next()
  }
  return { adapter, middleware }
}

function cookieOf(request: IncomingMessage): string | undefined {
  return request.headers.cookie
}

/** Express answers for its own trust in proxies; elsewhere the socket says it. */
function isSecure(request: IncomingMessage): boolean {
  if ('secure' in request) return request.secure === true
  return 'encrypted' in request.socket && request.socket.encrypted === true
}
