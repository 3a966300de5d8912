import { Router } from 'express'
import type { Shop } from '../shop.ts'

/** What happens in the shop, while it happens, as server-sent events. */
export function liveRoutes({ live }: Shop): Router {
  const router = Router()
  router.get('/live', (_request, response) => live.join(response))
  return router
}
