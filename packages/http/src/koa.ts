import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Scopes, ScopesError } from '@scopes/core'
import { Adapter } from './adapter.ts'
import { errorStatus } from './error-status.ts'
import { type ScopeGate, createGate } from './gate.ts'
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
  const { adapter, middleware } = adapt<D>(createGate<D>(scopes, definitions, options), options)
  const load = (...names: readonly (keyof D & string)[]): KoaMiddleware => {
    return (context, next) => middleware(context, () => adapter.load(context.req, names).then(next))
  }
  return adapter.web(middleware, Object.keys(definitions), load, ({ req }: KoaFrom) => req)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function koaGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<KoaContext> = {},
): GateMiddleware<KoaMiddleware, KoaFrom, R> {
  const { adapter, middleware } = adapt<D>(gate, options)
  // What the adapter keeps is what this gate has begun.
  return { middleware, of: ({ req }) => adapter.requestOf(req) as R }
}

interface KoaAdapter<D extends Definitions> {
  readonly adapter: Adapter<D, KoaContext, HookedExchange<D, KoaContext>>
  readonly middleware: KoaMiddleware
}

function adapt<D extends Definitions>(gate: ScopeGate<D>, options: RequestOptions<KoaContext>): KoaAdapter<D> {
  const parts = {
    cookieOf: ({ req }: KoaContext) => req.headers.cookie,
    isSecure: ({ secure }: KoaContext) => secure,
    setUp: 'app.use(web)',
  }
  const adapter = new Adapter<D, KoaContext, HookedExchange<D, KoaContext>>(gate, options, parts)
  const middleware: KoaMiddleware = async (context, next) => {
    const request = adapter.begin(context.req, begun => new HookedExchange(begun, context, context.res))
    const settle = async (status: number): Promise<void> => {
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
    try {
      await next()
    } catch (error) {
      // A handler that wanted to answer past Koa could not: now Koa must.
      if (error instanceof ScopesError && error.code === 'uncommitted') context.respond = true
      await settle(errorStatus(error))
      throw error
    }
    await settle(context.status)
  }
  return { adapter, middleware }
}
