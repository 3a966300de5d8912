import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expressApplication } from '@scopes/cfml/express'
import express from 'express'
import { openShop } from './application.ts'

/** One of the processes: nothing of a visitor stays in it. */
const [, , name = 'worker', directory = ''] = process.argv
const shop = await openShop(name, directory, line => process.send?.({ line }))
const web = expressApplication(shop)

const app = express()
app.use(web)
app.post('/login/:user', async (req, res) => {
  const session = await web.session(req)
  await web.of(req).sessionRotate()
  session.user = req.params.user
  res.send(`${name}: hello ${session.user}`)
})
app.post('/cart/:sku', async (req, res) => {
  const session = await web.session(req)
  session.cart.push(req.params.sku)
  res.send(`${name}: ${session.cart.join(', ')}`)
})
app.post('/click', async (req, res) => {
  const session = await web.session(req)
  session.clicks++
  res.send(name)
})
app.get('/', async (req, res) => {
  const [session, application] = [await web.session(req), await web.application(req)]
  const sum = session.cart.reduce((total, sku) => total + (application.prices[sku] ?? 0), 0)
  res.send(`${name}: ${session.user}, ${session.clicks} clicks, ${session.cart.length} things for ${sum}`)
})
app.post('/logout', async (req, res) => {
  await web.of(req).sessionInvalidate()
  res.send(`${name}: goodbye`)
})

const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
await once(process, 'message') // that it is time to go
server.closeAllConnections()
await new Promise(resolve => server.close(resolve))
await shop.close()
process.disconnect()
