import type { Scopes } from '@scopes/core'
import { errorStatus } from './error-status.ts'
import { type Framework, gateIn, scopesIn } from './framework.ts'
import type { ScopeGate } from './gate.ts'
import { type HonoAnswer, addCookies, dropAnswer } from './hono-answer.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { GateMiddleware, RequestOptions, WebDefinitions, WebFunctions, WebOptions } from './web.ts'
import { WebRequest } from './web-request.ts'

/** What scopes need of a context of Hono, by structure. */
export interface HonoContext extends HonoAnswer {
  readonly req: { readonly raw: Request; readonly url: string }
}

/** A context, in the hand of a handler. */
export type HonoFrom = Pick<HonoContext, 'req'>

/** A middleware of Hono. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>

/** The middleware to be used once, with a function for each scope: `await web.session(c)`. */
export type HonoScopes<D extends Definitions> = HonoMiddleware & WebFunctions<D, HonoFrom, HonoMiddleware>

/** Options of `honoScopes`. By default the URL of the request says https, which knows nothing of a proxy that ends TLS. */
export type HonoScopesOptions<D extends Definitions = Definitions> = WebOptions<D, HonoContext>

/**
 * Scopes for Hono 4, with nothing of Node: `app.use(web)`. Drafts are stored when the handler has answered; when that fails the
 * error goes to `app.onError`, and nothing of the answer is sent.
 * @throws InvalidArgumentError that names the option which is not allowed.
 */
export function honoScopes<const D extends Definitions>(
  scopes: Scopes,
  definitions: WebDefinitions<D>,
  options: HonoScopesOptions<D> = {},
): HonoScopes<D> {
  return scopesIn(hono, scopes, definitions, options)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function honoGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<HonoContext> = {},
): GateMiddleware<HonoMiddleware, HonoFrom, R> {
  return gateIn(hono, gate, options)
}

const hono: Framework<HonoContext, HonoFrom, HonoMiddleware, HonoMiddleware> = {
  maker: 'honoScopes',
  takes: 'a context of Hono',
  ask: 'await web.session(c)',
  setUp: 'app.use(web)',
  // The context itself: middleware replaces `c.req.raw`.
  keyOf: context => context,
  cookieOf: ({ req }) => req.raw.headers.get('cookie') ?? undefined,
  isSecure: ({ req }) => req.url.startsWith('https:'),
  middleware: adapter => async (context, next) => {
    const request = adapter.begin(context, begun => new WebRequest(begun, context))
    // A handler that throws has been answered by `onError` when this returns.
    await next()
    if (request === undefined) return
    try {
      await request.beforeHeaders(context.res.status)
    } catch (error) {
      dropAnswer(context, errorStatus(error))
      throw error
    } finally {
      addCookies(context, request.setCookies())
    }
  },
  loader: (load, middleware) => (context, next) => middleware(context, () => load(context).then(next)),
}
