import express from 'express'
import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '../src/express.ts'

const Session = defineScope({
  kind: 'session',
  initial: (): { user: string | null; cart: string[] } => ({ user: null, cart: [] }),
  idle: '30m',
  absolute: '12h',
})
const scopes = await openScopes({ application: 'shop', store: memoryStore() })
const web = expressScopes(scopes, { session: Session })

export const app: express.Express = express()
app.use(web)
app.get('/cart', web.with('session'), (req, res) => {
  res.json(web.of(req).session.value.cart) // loaded before the handler: synchronous
})
app.post('/cart/:sku', async (req, res) => {
  const session = await web.session(req) // one load per request, none without a cookie
  session.draft.cart.push(req.params.sku)
  res.redirect(303, '/cart') // stored before the 303 leaves
})
app.post('/login/:user', async (req, res) => {
  const session = await web.session(req)
  await session.rotate() // a new id; the old one is dead on every node
  session.draft.user = req.params.user
  res.redirect(303, '/cart')
})
app.post('/logout', async (req, res) => {
  const session = await web.session(req)
  await session.end('logout') // clears the cookie too
  res.redirect(303, '/cart')
})
