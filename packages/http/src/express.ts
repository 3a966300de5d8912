import type { IncomingMessage, ServerResponse } from 'node:http'
import { NotLoadedError, type Scopes } from '@scopes/core'
import { createGate } from './gate.ts'
import { Exchange, type ExchangeParts } from './node/exchange.ts'
import type { Definitions, GateOptions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import { type WebFunctions, web } from './web.ts'

/** A middleware of express, by structure: no types of express are needed. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** The middleware to be used once, with a function for each scope: `await web.session(req)`. */
export type ExpressScopes<D extends Definitions> = ExpressMiddleware &
  WebFunctions<D, IncomingMessage, ExpressMiddleware>

/** Options of `expressScopes`. */
export interface ExpressScopesOptions<D extends Definitions = Definitions> extends GateOptions<D> {
  /** Whether the visitor came by https. Default: `req.secure`, which follows `app.set('trust proxy', …)`. */
  readonly isSecure?: ((request: IncomingMessage) => boolean) | undefined
  /** Whether this request may move the deadlines of scopes that it only reads. Default: yes. */
  readonly renew?: ((request: IncomingMessage) => boolean) | undefined
  /** Names the request in the origin of its commits. */
  readonly requestId?: ((request: IncomingMessage) => string | undefined) | undefined
}

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
  definitions: D & { readonly [Reserved in 'of' | 'with']?: never },
  options: ExpressScopesOptions<D> = {},
): ExpressScopes<D> {
  const { isSecure = isSecureRequest, renew, requestId } = options
  const gate = createGate<D>(scopes, definitions, options)
  const parts: ExchangeParts<D> = { gate, isSecure, renew, requestId }
  // Not on the request: see `holdAnswer` for what that costs.
  const exchanges = new WeakMap<IncomingMessage, Exchange<D>>()

  const begin = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    if (!exchanges.has(request)) exchanges.set(request, new Exchange(parts, request, response, next))
  }

  const requestOf = (request: IncomingMessage): ScopeRequest<D> => {
    const exchange = exchanges.get(request)
    if (exchange) return exchange.scopes
    throw new NotLoadedError('The scopes were asked for before their middleware ran: app.use(web) must come before.')
  }

  const middleware: ExpressMiddleware = (request, response, next) => {
    begin(request, response, next)
    next()
  }

  const load = (...names: readonly (keyof D & string)[]): ExpressMiddleware => {
    return (request, response, next) => {
      begin(request, response, next)
      Promise.all(names.map(name => requestOf(request).open(name))).then(() => next(), next)
    }
  }

  const names = Object.keys(definitions) as (keyof D & string)[]
  return web<ExpressMiddleware, D, IncomingMessage, ExpressMiddleware>(middleware, { names, requestOf, with: load })
}

/** Express answers for its own trust in proxies; elsewhere the socket says it. */
function isSecureRequest(request: IncomingMessage): boolean {
  if ('secure' in request) return request.secure === true
  return 'encrypted' in request.socket && request.socket.encrypted === true
}
