import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from '@scopes/http'
import { type ExpressMiddleware, expressGate } from '@scopes/http/express'
import type { Application } from './application.ts'
import { closeWithAnswer } from './node/close-with-answer.ts'
import type { CfmlRequest } from './request/cfml-request.ts'
import type { CfmlDefinitions } from './scope/definitions.ts'
import { idsInUrl, refererRule } from './url-ids/ids-in-url.ts'
import { type WebApplication, webApplication } from './web-application.ts'

/** The middleware to be used once, with a function for each scope: `await web.session(req)`. */
export type ExpressApplication<
  S extends object,
  C extends object,
  A extends object,
  V extends object,
> = ExpressMiddleware & WebApplication<IncomingMessage, S, C, A, V>

/**
 * The four scopes for express 5 and whatever calls `(req, res, next)`. What a handler changes is stored before the response head
 * leaves; when that fails the error goes to the application's error handler. An application that is not started, or that
 * cannot be, answers no request: the error goes to the same handler.
 *
 * ```ts
 * const web = expressApplication(shop)
 * app.use(web)
 * app.post('/cart', async (req, res) => {
 *   const session = await web.session(req)
 *   session.cart = [...(session.cart ?? []), req.body.sku]
 *   res.redirect(303, '/cart')
 * })
 * ```
 */
export function expressApplication<S extends object, C extends object, A extends object, V extends object>(
  application: Application<S, C, A, V>,
  options: RequestOptions<IncomingMessage> = {},
): ExpressApplication<S, C, A, V> {
  const ids = (request: IncomingMessage, name: string): readonly string[] => idsInUrl(urlOf(request), name)
  const gate = expressGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>(application, { ids, ...options })
  const middleware: ExpressMiddleware = (request, response, next) => {
    gate.middleware(request, response, error => {
      if (error !== undefined) return next(error)
      const begun = gate.of(request)
      const rule = refererRule(application, urlOf(request))
      if (rule) response.setHeader(...rule)
      closeWithAnswer(response, begun)
      void goOn(begun, next)
    })
  }
  return webApplication(middleware, (request: IncomingMessage) => gate.of(request))
}

/** Lets the code of the application run when the application does. */
async function goOn(request: { begin(): Promise<void> }, next: (error?: unknown) => void): Promise<void> {
  try {
    await request.begin()
  } catch (error) {
    return next(error)
  }
  next()
}

/** As the browser sent it, whatever routers have taken from it. */
function urlOf(request: IncomingMessage): string | undefined {
  const { url, originalUrl = url }: { readonly url?: string | undefined; readonly originalUrl?: string } = request
  return originalUrl
}
