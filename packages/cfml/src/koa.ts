import type { RequestOptions } from '@scopes/http'
import { type KoaContext, type KoaFrom, type KoaMiddleware, koaGate } from '@scopes/http/koa'
import type { Application } from './application.ts'
import type { CfmlRequest } from './request/cfml-request.ts'
import type { CfmlDefinitions } from './scope/definitions.ts'
import { idsInUrl, refererRule } from './url-ids/ids-in-url.ts'
import { type WebApplication, webApplication } from './web-application.ts'

/** The middleware to be used once, with a function for each scope: `await web.session(ctx)`. */
export type KoaApplication<S extends object, C extends object, A extends object, V extends object> = KoaMiddleware &
  WebApplication<KoaFrom, S, C, A, V>

/**
 * The four scopes for Koa: `app.use(web)`, inside of a middleware that answers errors. What a handler changes is stored when the
 * middleware inside has answered; when that fails, or the application cannot be started, the error is thrown outside.
 */
export function koaApplication<S extends object, C extends object, A extends object, V extends object>(
  application: Application<S, C, A, V>,
  options: RequestOptions<KoaContext> = {},
): KoaApplication<S, C, A, V> {
  const ids = ({ req }: KoaContext, name: string): readonly string[] => idsInUrl(req.url, name)
  const gate = koaGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>(application, { ids, ...options })
  const middleware: KoaMiddleware = (context, next) => {
    const { req, res } = context
    return gate.middleware(context, async () => {
      const begun = gate.of(context)
      const rule = refererRule(application, req.url)
      if (rule) res.setHeader(...rule)
      const gone = res.closed ? Promise.resolve() : new Promise<void>(resolve => res.once('close', () => resolve()))
      try {
        await begun.begin()
        await next()
      } finally {
        // When both have ended: the answer, and the code that gives it.
        void gone.then(() => begun.close())
      }
    })
  }
  return webApplication(middleware, (from: KoaFrom) => gate.of(from))
}
