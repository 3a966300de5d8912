import type { RequestOptions } from '@scopes/http'
import { type HonoContext, type HonoMiddleware, honoGate } from '@scopes/http/hono'
import type { Application } from './application.ts'
import type { CfmlRequest } from './request/cfml-request.ts'
import type { CfmlDefinitions } from './scope/definitions.ts'
import { idsInUrl, refererRule } from './url-ids/ids-in-url.ts'
import { type WebApplication, webApplication } from './web-application.ts'

/** A context, in the hand of a handler. */
type HonoFrom = Pick<HonoContext, 'req'>

/** The middleware to be used once, with a function for each scope: `await web.session(c)`. */
export type HonoApplication<S extends object, C extends object, A extends object, V extends object> = HonoMiddleware &
  WebApplication<HonoFrom, S, C, A, V>

/**
 * The four scopes for Hono 4: `app.use(web)`. What a handler changes is stored when it has answered; when that fails, or the
 * application cannot be started, the error goes to `app.onError`. What a stream goes on to write is no part of the request: the
 * application may end meanwhile.
 */
export function honoApplication<S extends object, C extends object, A extends object, V extends object>(
  application: Application<S, C, A, V>,
  options: RequestOptions<HonoContext> = {},
): HonoApplication<S, C, A, V> {
  const ids = ({ req }: HonoContext, name: string): readonly string[] => idsInUrl(req.url, name)
  const gate = honoGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>(application, { ids, ...options })
  const middleware: HonoMiddleware = async (context, next) => {
    try {
      await gate.middleware(context, async () => {
        await gate.of(context).begin()
        await next()
      })
      const rule = refererRule(application, context.req.url)
      if (rule) context.res.headers.set(...rule)
    } finally {
      await gate.of(context).close()
    }
  }
  return webApplication(middleware, (from: HonoFrom) => gate.of(from))
}
