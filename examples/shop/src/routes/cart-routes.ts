import { Router } from 'express'
import { articleOf } from '../catalogue.ts'
import type { Shop } from '../shop.ts'
import { HttpError } from './http-error.ts'

/** The most pieces of one article. */
const mostPieces = 99

/** Buttons of the cart: one more, one less, none. */
export function cartRoutes({ web }: Shop): Router {
  const router = Router()

  const change = (action: string, piecesAfter: (pieces: number) => number): void => {
    router.post(`/cart/:sku/${action}`, async (request, response) => {
      const article = articleOf(request.params['sku'])
      if (article === undefined) throw new HttpError(404, 'The shop does not have this article.')
      const session = await web.session(request)
      // A recipe, because it counts: it runs again on the winner's cart when another request was faster.
      await session.update(({ cart }) => {
        const pieces = Math.min(piecesAfter(cart[article.sku] ?? 0), mostPieces)
        if (pieces > 0) cart[article.sku] = pieces
        else delete cart[article.sku]
      })
      response.redirect(303, backTo(article.sku, request.body))
    })
  }

  change('more', pieces => pieces + 1)
  change('less', pieces => pieces - 1)
  change('remove', () => 0)
  return router
}

/** To where the visitor pressed the button. */
function backTo(sku: string, form: unknown): string {
  const isInList = typeof form === 'object' && form !== null && 'from' in form && form.from === 'articles'
  return isInList ? `/#${sku}` : '/#cart'
}
