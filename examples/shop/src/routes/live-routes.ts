import { Router } from 'express'
import { sendEvents } from '@scopes/http/sse'
import { articleList } from '../pages/article-list.ts'
import { cart as cartCard, piecesIn } from '../pages/cart.ts'
import type { Shop } from '../shop.ts'
import { signedOutEverywhere } from '../signed-out.ts'

/** What happens in the shop, and in the visitor's own cart, while it happens, as server-sent events. */
export function liveRoutes({ web, live, closing }: Shop): Router {
  const router = Router()

  if (live === undefined) {
    // There is nothing to follow, and this status tells the browser not to come back.
    router.get(['/live', '/live/cart'], (_request, response) => response.sendStatus(204))
    return router
  }

  router.get('/live', (_request, response) => live.join(response))

  // Every window of a visitor shows the same cart, whichever worker has its stream.
  router.get('/live/cart', async (request, response) => {
    const session = await web.session(request)
    if (session.isNew) {
      // There is nothing to follow, and this status tells the browser not to come back.
      response.sendStatus(204)
      return
    }
    await sendEvents(request, response, session.scope, {
      event: 'cart',
      signal: closing,
      projectEnd: ({ reason, detail }) => ({ reason, isEverywhere: detail === signedOutEverywhere }),
      project: ({ cart }) => ({
        pieces: piecesIn(cart),
        cart: cartCard(cart).text,
        articles: articleList(cart).text,
      }),
    })
  })

  return router
}
