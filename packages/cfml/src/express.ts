import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from '@scopes/http'
import { type ExpressMiddleware, expressGate } from '@scopes/http/express'
import type { Application } from './application.ts'
import type { CfmlRequest } from './request/cfml-request.ts'
import { urlIds } from './url-ids/url-ids.ts'
import type { ApplicationBuiltIns, ClientBuiltIns, ServerBuiltIns, SessionBuiltIns } from './scope/built-ins.ts'
import type { CfmlDefinitions } from './scope/definitions.ts'

/** The middleware to be used once, with a function for each scope: `await web.session(req)`. */
export interface ExpressApplication<
  S extends object,
  C extends object,
  A extends object,
  V extends object,
> extends ExpressMiddleware {
  /** See `CfmlRequest`. */
  session(request: IncomingMessage): Promise<S & SessionBuiltIns>
  /** See `CfmlRequest`. */
  client(request: IncomingMessage): Promise<C & ClientBuiltIns>
  /** See `CfmlRequest`. */
  application(request: IncomingMessage): Promise<A & ApplicationBuiltIns>
  /** See `CfmlRequest`. */
  server(request: IncomingMessage): Promise<V & ServerBuiltIns>
  /** Everything else of the request: `web.of(req).sessionRotate()`. @throws NotLoadedError where the middleware has not run */
  of(request: IncomingMessage): CfmlRequest<S, C, A, V>
}

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
  const gate = expressGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>(application, { ids: idsOf, ...options })
  const middleware: ExpressMiddleware = (request, response, next) => {
    gate.middleware(request, response, error => {
      if (error !== undefined) return next(error)
      const begun = gate.of(request)
      // An id in the URL is no business of the pages that are linked from it.
      if (application.acceptsUrlIds && idsOf(request, 'session').length > 0) {
        response.setHeader('Referrer-Policy', 'same-origin')
      }
      response.once('close', () => void begun.close())
      void goOn(begun, next)
    })
  }
  return Object.assign(middleware, {
    session: async (request: IncomingMessage) => gate.of(request).session(),
    client: async (request: IncomingMessage) => gate.of(request).client(),
    application: async (request: IncomingMessage) => gate.of(request).application(),
    server: async (request: IncomingMessage) => gate.of(request).server(),
    of: (request: IncomingMessage) => gate.of(request),
  })
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

/** The ids in the URL as the browser sent it, whatever routers have taken from it. */
function idsOf(request: IncomingMessage, name: string): readonly string[] {
  const { url, originalUrl = url }: { readonly url?: string | undefined; readonly originalUrl?: string } = request
  return name === 'session' ? urlIds(originalUrl) : []
}
