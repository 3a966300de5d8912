import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Scopes, ScopesError } from '@scopes/core'
import { errorStatus } from './error-status.ts'
import { type Framework, gateIn, scopesIn } from './framework.ts'
import type { ScopeGate } from './gate.ts'
import { HookedExchange } from './node/hooked-exchange.ts'
import { stripAnswer } from './node/strip-answer.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { GateMiddleware, RequestOptions, WebDefinitions, WebFunctions, WebOptions } from './web.ts'

/** What scopes need of a context of Koa, by structure: no types of Koa are needed. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly secure: boolean
  status: number
  body: unknown
  respond?: boolean | undefined
}

/** A context, in the hand of a handler. */
export type KoaFrom = Pick<KoaContext, 'req' | 'res'>

/** A middleware of Koa. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>

/** The middleware to be used once, with a function for each scope: `await web.session(ctx)`. */
export type KoaScopes<D extends Definitions> = KoaMiddleware & WebFunctions<D, KoaFrom, KoaMiddleware>

/** Options of `koaScopes`. By default `ctx.secure` says whether the visitor came by https; it follows `app.proxy`. */
export type KoaScopesOptions<D extends Definitions = Definitions> = WebOptions<D, KoaContext>

/**
 * Scopes for Koa: `app.use(web)`, inside of a middleware that answers errors. Drafts are stored when the middleware inside has
 * answered; when that fails the error is thrown to the middleware outside, and nothing of the answer is sent.
 * @throws InvalidArgumentError that names the option which is not allowed.
 */
export function koaScopes<const D extends Definitions>(
  scopes: Scopes,
  definitions: WebDefinitions<D>,
  options: KoaScopesOptions<D> = {},
): KoaScopes<D> {
  return scopesIn(koa, scopes, definitions, options)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function koaGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<KoaContext> = {},
): GateMiddleware<KoaMiddleware, KoaFrom, R> {
  return gateIn(koa, gate, options)
}

const koa: Framework<KoaContext, KoaFrom, KoaMiddleware, KoaMiddleware> = {
  maker: 'koaScopes',
  takes: 'a context of Koa',
  ask: 'await web.session(ctx)',
  setUp: 'app.use(web)',
  keyOf: ({ req }) => req,
  cookieOf: ({ req }) => req.headers.cookie,
  isSecure: ({ secure }) => secure,
  middleware: adapter => async (context, next) => {
    const request = adapter.begin(context, begun => new HookedExchange(begun, context, context.res))
    try {
      await next()
    } catch (error) {
      // A handler that wanted to answer past Koa could not: now Koa must.
      if (error instanceof ScopesError && error.code === 'uncommitted') context.respond = true
      await store(request, context, errorStatus(error))
      throw error
    }
    await store(request, context, context.status)
  },
  loader: (load, middleware) => (context, next) => middleware(context, () => load(context).then(next)),
}

async function store(
  request: HookedExchange<KoaContext> | undefined,
  context: KoaContext,
  status: number,
): Promise<void> {
  try {
    await request?.beforeHeaders(status)
  } catch (error) {
    stripAnswer(context.res, errorStatus(error))
    // Whoever catches the error and sets no body must not send that of the answer which failed.
    context.body = null
    context.status = errorStatus(error)
    throw error
  }
}
