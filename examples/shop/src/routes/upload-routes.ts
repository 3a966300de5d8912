import { Router, text } from 'express'
import type { Shop } from '../shop.ts'

/** A request that takes its time: the session is open while the body is still on its way. */
export function uploadRoutes({ web }: Shop): Router {
  const router = Router()
  router.post(
    '/slow-note',
    web.with('session'),
    (_request, response, next) => {
      // Says that the session was read; what happens to it from here on happens under a request in flight.
      response.writeProcessing()
      next()
    },
    text({ type: () => true, limit: '1kb' }),
    (request, response) => {
      web.of(request).session.draft.note = String(request.body)
      response.sendStatus(204)
    },
  )
  return router
}
