import { join } from 'node:path'
import express, { type Express } from 'express'
import { accountRoutes } from './routes/account-routes.ts'
import { cartRoutes } from './routes/cart-routes.ts'
import { counterRoutes } from './routes/counter-routes.ts'
import { notFound, showError } from './routes/errors.ts'
import { liveRoutes } from './routes/live-routes.ts'
import { shopRoutes } from './routes/shop-routes.ts'
import { uploadRoutes } from './routes/upload-routes.ts'
import type { Shop } from './shop.ts'

/** The shop's answers to requests. */
export function createApp(shop: Shop): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.set({ 'content-security-policy': "default-src 'self'", 'x-answered-by': shop.process })
    next()
  })
  app.use(express.static(join(import.meta.dirname, '../public')))
  app.use(shop.inspector)
  app.use(shop.web)
  // Before the parser of forms: its body comes slowly, and is read by the handler.
  app.use(uploadRoutes(shop))
  app.use(express.urlencoded({ extended: false }))
  app.use(shopRoutes(shop), cartRoutes(shop), accountRoutes(shop), liveRoutes(shop), counterRoutes(shop))
  app.use(notFound)
  app.use(showError(shop))
  return app
}
