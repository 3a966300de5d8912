import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scopes } from '@scopes/core'
import { type Framework, gateIn, scopesIn } from './framework.ts'
import type { ScopeGate } from './gate.ts'
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
  return scopesIn(express, scopes, definitions, options)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function expressGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<IncomingMessage> = {},
): GateMiddleware<ExpressMiddleware, IncomingMessage, R> {
  return gateIn(express, gate, options)
}

const express: Framework<IncomingMessage, IncomingMessage, ExpressMiddleware, ExpressMiddleware> = {
  maker: 'expressScopes',
  takes: 'a request of Node',
  ask: 'await web.session(req)',
  setUp: 'app.use(web)',
  keyOf: request => request,
  cookieOf: ({ headers }) => headers.cookie,
  isSecure(request) {
    // Express answers for its own trust in proxies; elsewhere the socket says it.
    if ('secure' in request) return request.secure === true
    return 'encrypted' in request.socket && request.socket.encrypted === true
  },
  middleware: adapter => (request, response, next) => {
    adapter.begin(request, begun => new Exchange(begun, request, response, next))
    next()
  },
  loader: (load, middleware) => (request, response, next) =>
    middleware(request, response, () => void load(request).then(() => next(), next)),
}
