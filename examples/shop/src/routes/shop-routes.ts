import { Router } from 'express'
import { shopPage } from '../pages/shop-page.ts'
import type { Shop } from '../shop.ts'

/** The page with everything on it. */
export function shopRoutes({ web, online, live, process }: Shop): Router {
  const router = Router()
  router.get('/', async (request, response) => {
    const [session, client] = await Promise.all([web.session(request), web.client(request)])
    if (session.isNew) {
      // A visit begins. Counted by a recipe: two tabs that open at the same moment are two.
      await client.update(draft => {
        draft.visits++
      })
      session.draft.since = new Date()
    }
    if (session.isNew || session.scope.isStored) await online.see(session.id)
    const page = shopPage({
      session: session.value,
      isSignedOut: request.query['signed-out'] === 'everywhere',
      visits: client.value.visits,
      online: online.count(),
      changes: live?.lines,
      process,
    })
    // Browsers keep connections, and a connection stays with its worker: without it, a reload may meet the other one.
    response.set({ 'cache-control': 'no-store', connection: 'close' }).type('html').send(page.text)
  })
  return router
}
