import type { Scopes } from '@scopes/core'
import { Adapter } from './adapter.ts'
import { errorStatus } from './error-status.ts'
import { type ScopeGate, createGate } from './gate.ts'
import { type HonoAnswer, addCookies, dropAnswer } from './hono-answer.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { GateMiddleware, RequestOptions, WebDefinitions, WebFunctions, WebOptions } from './web.ts'
import { WebRequest } from './web-request.ts'

/** What scopes need of a context of Hono, by structure. */
export interface HonoContext extends HonoAnswer {
  readonly req: { readonly raw: Request; readonly url: string }
}

/** A middleware of Hono. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>

/** The middleware to be used once, with a function for each scope: `await web.session(c)`. */
export type HonoScopes<D extends Definitions> = HonoMiddleware &
  WebFunctions<D, Pick<HonoContext, 'req'>, HonoMiddleware>

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
  const { adapter, middleware } = adapt<D>(createGate<D>(scopes, definitions, options), options)
  const load = (...names: readonly (keyof D & string)[]): HonoMiddleware => {
    return (context, next) => middleware(context, () => adapter.load(context, names).then(next))
  }
  // The context itself: middleware replaces `c.req.raw`.
  return adapter.web(middleware, Object.keys(definitions), load, (context: Pick<HonoContext, 'req'>) => context)
}

/** The same for a gate of one's own, which begins requests as it likes. */
export function honoGate<D extends Definitions, R extends ScopeRequest<D>>(
  gate: ScopeGate<D, R>,
  options: RequestOptions<HonoContext> = {},
): GateMiddleware<HonoMiddleware, Pick<HonoContext, 'req'>, R> {
  const { adapter, middleware } = adapt<D>(gate, options)
  // What the adapter keeps is what this gate has begun.
  return { middleware, of: context => adapter.requestOf(context) as R }
}

interface HonoAdapter<D extends Definitions> {
  readonly adapter: Adapter<D, HonoContext, WebRequest<D, HonoContext>>
  readonly middleware: HonoMiddleware
}

function adapt<D extends Definitions>(gate: ScopeGate<D>, options: RequestOptions<HonoContext>): HonoAdapter<D> {
  const parts = {
    cookieOf: ({ req }: HonoContext) => req.raw.headers.get('cookie') ?? undefined,
    isSecure: ({ req }: HonoContext) => req.url.startsWith('https:'),
    setUp: 'app.use(web)',
  }
  const adapter = new Adapter<D, HonoContext, WebRequest<D, HonoContext>>(gate, options, parts)
  const middleware: HonoMiddleware = async (context, next) => {
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
  }
  return { adapter, middleware }
}
